"""The figures of the review: access, the PDF, the life of a review, tampering, kills, and half of a reading."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here are run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.review import access, altered, invariants, killed, packs, partial, pdf, states

    modules = (access, pdf, states, invariants, altered, packs, killed, partial)
    return tuple(measurement for module in modules for measurement in module.MEASUREMENTS)
