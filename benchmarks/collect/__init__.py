"""The figures of collecting: ingest, what is asked for, limits, the crawl of sites, lateness, and wholeness."""

from typing import Any


def __getattr__(name: str) -> Any:
    """The measurements; imported when asked for, since some modules here are run as small processes of their own."""
    if name != "MEASUREMENTS":
        raise AttributeError(name)
    from benchmarks.collect import crawl, facts, ingest, late, limits, whole

    modules = (ingest, facts, limits, crawl, late, whole)
    return tuple(measurement for module in modules for measurement in module.MEASUREMENTS)
