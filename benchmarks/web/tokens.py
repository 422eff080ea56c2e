"""Fourteen ways to forge who somebody is, and one good token."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Measured, Measurement, Values
from benchmarks.tell.tampering import SEED
from ibpmon.config import Tenant
from ibpmon.demo.board import make_board
from ibpmon.demo.microsoft import Microsoft
from ibpmon.providers.session import Session
from ibpmon.web.tokens import Authority, NotProven
from tests.conftest import MONDAY
from tests.test_web_tokens import ANNA, FORGED, check, claims

FIGURES = (
    Figure("web_tokens.forged", "tokens", "== 14"),
    Figure("web_tokens.forged_accepted", "tokens", "== 0"),
    Figure("web_tokens.good_accepted", "tokens", "== 1"),
)


def measure_tokens(_full: bool) -> Values:
    """Each once, against the keys of a tenant that runs."""
    with TemporaryDirectory() as name, Microsoft(make_board("small", SEED, MONDAY), folder=Path(name)) as microsoft:
        settings = Tenant(id=microsoft.tenant_id, authority=microsoft.authority, ca=microsoft.ca)
        with Session([settings.authority], ca=settings.ca) as session:
            authority = Authority(settings, session)
            good = check(authority, microsoft.desk.sign(claims(microsoft))).account == ANNA
            let_in = [name for name, forge in FORGED.items() if is_let_in(authority, forge(microsoft))]
    return {
        "web_tokens.forged": Measured(len(FORGED)),
        "web_tokens.forged_accepted": Measured(len(let_in), ", ".join(let_in), len(FORGED)),
        "web_tokens.good_accepted": Measured(int(good)),
    }


def is_let_in(authority: Authority, raw: str) -> bool:
    """Whether a forged token counts."""
    try:
        check(authority, raw)
    except NotProven:
        return False
    return True


MEASUREMENTS = (Measurement(FIGURES, measure_tokens),)
