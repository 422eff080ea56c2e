"""The figures of telling: what a year of mails holds, and what nobody and nothing can do to mail, ledger and clock."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here may be run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.tell import clock, kills, names, tampering, year

    modules = (tampering, names, clock, kills, year)
    return tuple(measurement for module in modules for measurement in module.MEASUREMENTS)
