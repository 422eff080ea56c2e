"""The API against its own description, by schemathesis."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.web.world import pages
from tests.test_web_api import PARTS, conforms

EXAMPLES = {False: 30, True: 300}
FIGURES = (
    Figure("web_api.parts", "parts", f"== {len(PARTS)}"),
    Figure("web_api.failures", "runs", "== 0"),
)


def measure_api(full: bool) -> Values:
    """So many questions per part and kind."""
    with pages() as (web, _things), TemporaryDirectory() as folder:
        tested, wrong = conforms(web, Path(folder), EXAMPLES[full])
    return {
        "web_api.parts": Measured(tested, f"{EXAMPLES[full]} questions per part and kind"),
        "web_api.failures": Measured(int(bool(wrong)), wrong[:300]),
    }


MEASUREMENTS = (Measurement(FIGURES, measure_api),)
