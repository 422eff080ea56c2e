"""The figures of telling: that the ledger shows what was done to it, and that no name acts in anything that is told."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here may be run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.tell import names, tampering

    modules = (tampering, names)
    return tuple(measurement for module in modules for measurement in module.MEASUREMENTS)
