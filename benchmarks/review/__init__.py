"""The figures of the review: what it costs to make one, and that it is the same when made again."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here may be run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.review import pdf

    modules = (pdf,)
    return tuple(measurement for module in modules for measurement in module.MEASUREMENTS)
