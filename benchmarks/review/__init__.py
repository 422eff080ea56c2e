"""The figures of the review: whether access is whole and explained, and what the PDF of a review costs."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here are run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.review import access, pdf

    return tuple(measurement for module in (access, pdf) for measurement in module.MEASUREMENTS)
