"""The figures of judging: what rules mean, what rule files may do, which public rules can match, and how fast it is."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here may be run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.judge import incremental, planted, semantics, sigmahq, speed, unreadable

    modules = (semantics, sigmahq, planted, unreadable, speed, incremental)
    return tuple(measurement for module in modules for measurement in module.MEASUREMENTS)
