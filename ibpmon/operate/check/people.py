"""How the lists of the board and the accounts of Microsoft fit together."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ibpmon.collect.persons import USUAL, Matches, Remark, report
from ibpmon.config import Config
from ibpmon.language import N_
from ibpmon.operate.check.said import Check
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.store.database import Store

SHOWN = 10  # remarks of one kind that are told one by one; more says that a list as a whole is wrong


def people(store: Store, config: Config, now: datetime, *, whole: bool = False) -> Iterator[Check]:
    """How many people were matched with an account, and who was not; pupils by pseudonym. `whole`: every remark."""
    found = report(store, config, now, load_or_make(config.store.pseudonym_key).of)
    if not found.employed and not found.pupils:
        what = N_("no list of the board was read yet, so nobody could be matched with an account")
        yield Check("people", "unknown", what, N_("run ibpmon collect first"))
    else:
        yield matched(found)
    for kind in found.counts:
        yield from alike(found.of(kind), whole)


def alike(remarks: Sequence[Remark], whole: bool) -> Iterator[Check]:
    """The remarks of one kind: what is normal in a school as a number, of the others the first ones."""
    kind, count = remarks[0].kind, len(remarks)
    if kind in USUAL:
        yield Check("people", "ok", USUAL[kind], "", {"count": count})
    shown = count if whole else 0 if kind in USUAL else SHOWN
    for remark in remarks[:shown]:
        yield Check("people", "ok" if kind in USUAL else "note", remark.sentence, remark.fix, remark.values)
    if count > shown and kind not in USUAL:
        fix = N_("ibpmon check --json names all; so many mostly have one cause, such as a wrong column in the list")
        yield Check("people", "note", N_("and {count} more like this"), fix, {"count": count - shown})


def matched(found: Matches) -> Check:
    """The numbers, both ways."""
    what = N_(
        "{employed_matched} of {employed} employees and {pupils_matched} of {pupils} pupils have an account; "
        "{staff_accounts_matched} of {staff_accounts} staff accounts stand on the staff list"
    )
    names = ("employed_matched", "employed", "pupils_matched", "pupils", "staff_accounts_matched", "staff_accounts")
    return Check("people", "ok", what, "", {name: getattr(found, name) for name in names})
