"""The figures of judging: what rules mean, what rule files may do, and which public rules can match."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here may be run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.judge import semantics, sigmahq

    modules = (semantics, sigmahq)
    return tuple(measurement for module in modules for measurement in module.MEASUREMENTS)
