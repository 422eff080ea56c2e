"""Every route by every role, on what is one's own, somebody else's and not there; headers and sizes of all answers."""

from collections.abc import Sequence

import requests

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.web.world import pages
from tests.test_web_routes import by_every_role, lacking

FIGURES = (
    Figure("web_roles.answers", "answers", ">= 200"),
    Figure("web_roles.unexpected", "answers", "== 0"),
    Figure("web_headers.lacking", "answers", "== 0"),
    Figure("web_pages.largest", "kB", "<= 100"),
)


def measure_roles(_full: bool) -> Values:
    """One board, all roles in turn."""
    answers: list[requests.Response] = []
    with pages() as (web, things):
        web.watch = answers.append
        wrong = by_every_role(web, things)
    without = [f"{answer.request.method} {answer.url}: {lacking(answer)}" for answer in answers if lacking(answer)]
    largest = max(answers, key=lambda answer: len(answer.content))
    return {
        "web_roles.answers": Measured(len(answers)),
        "web_roles.unexpected": Measured(len(wrong), first(wrong), len(answers)),
        "web_headers.lacking": Measured(len(without), first(without), len(answers)),
        "web_pages.largest": Measured(round(len(largest.content) / 1000, 1), largest.request.path_url, len(answers)),
    }


def first(found: Sequence[str]) -> str:
    """An example of what was wrong."""
    return found[0] if found else ""


MEASUREMENTS = (Measurement(FIGURES, measure_roles),)
