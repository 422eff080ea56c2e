"""The figures of judging: what rules mean, and what rule files may do."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here may be run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.judge import semantics

    modules = (semantics,)
    return tuple(measurement for module in modules for measurement in module.MEASUREMENTS)
