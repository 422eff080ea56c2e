"""Measures the figures of one subject afresh and prints one JSON line for each: `uv run poe figures main [--full]`.

It stands apart from what measurements import: a process that they start would run it once more, and warn of that.
"""

import argparse
import json
import sys
from dataclasses import asdict
from importlib import import_module

from benchmarks.figures import run


def main() -> int:
    """Print the figures of the subject; exit 1 when one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subject", help="which figures: main, collect, judge, tell, review, web")
    parser.add_argument("--full", action="store_true", help="the long form")
    given = parser.parse_args()
    measurements = import_module(f"benchmarks.{given.subject}").MEASUREMENTS
    holds = True
    for line in run(measurements, given.full):
        print(json.dumps(asdict(line), ensure_ascii=False), flush=True)
        holds = holds and line.holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
