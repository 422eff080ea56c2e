"""Public-shaped rules: every spelling finds a record of its own making, and none is taken that cannot match."""

import tempfile
from pathlib import Path

from benchmarks.figures import Figure, Measured, Measurement, Values
from tests.test_sigmahq import IMPOSSIBLE, SPELLINGS, judged

FIGURES = (
    Figure("sigmahq.spellings_tried", "spellings"),
    Figure("sigmahq.positives_matched_share", "of spellings", "== 1"),
    Figure("sigmahq.accepted_that_cannot_match", "rules", "== 0"),
)


def measure_sigmahq(_full: bool) -> Values:
    """Every spelling with a record made from it, and every rule of which we know that it stays silent."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = [judged(folder, service, {"sel": body}) for service, body in SPELLINGS]
        bad = [judged(folder, service, {"sel": body}, condition) for service, body, condition, _why in IMPOSSIBLE]
    missed = [str(body) for (_service, body), one in zip(SPELLINGS, good, strict=True) if one.proof is None]
    taken = [str(case[1]) for case, one in zip(IMPOSSIBLE, bad, strict=True) if one.state != "refused"]
    share = 1 - len(missed) / len(good)
    return {
        "sigmahq.spellings_tried": Measured(len(good)),
        "sigmahq.positives_matched_share": Measured(share, "missed: " + (", ".join(missed) or "none")),
        "sigmahq.accepted_that_cannot_match": Measured(
            len(taken), f"of {len(bad)} that cannot: " + (", ".join(taken) or "none")
        ),
    }


MEASUREMENTS = (Measurement(FIGURES, measure_sigmahq),)
