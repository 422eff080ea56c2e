"""The command line: parse, one call into the engine, print, exit code."""

import sys


def main() -> None:
    """The program `ibpmon`."""
    from ibpmon import language

    language.use_environment()
    language.speak_through_click()  # before click is imported
    from ibpmon.cli.commands import ibpmon
    from ibpmon.cli.show import run_safely

    sys.exit(run_safely(ibpmon))
