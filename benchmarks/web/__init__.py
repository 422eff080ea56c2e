"""The figures of the pages: who gets what, forged tokens, headers, sizes, scanners of mail, and the API."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here are run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.web import api, load, roles, scanners, tokens

    return tuple(measurement for module in (roles, tokens, scanners, api, load) for measurement in module.MEASUREMENTS)
