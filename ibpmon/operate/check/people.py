"""How the lists of the board and the accounts of Microsoft fit together."""

from collections.abc import Iterator
from datetime import datetime

from ibpmon.collect.persons import Matches, report
from ibpmon.config import Config
from ibpmon.language import N_
from ibpmon.operate.check.said import Check
from ibpmon.privacy.pseudonyms import load_or_make
from ibpmon.store.database import Store

SHOWN = 20  # remarks that are told one by one; more says that a list as a whole is wrong


def people(store: Store, config: Config, now: datetime) -> Iterator[Check]:
    """How many people were matched with an account, and who was not; pupils by pseudonym."""
    found = report(store, config, now, load_or_make(config.store.pseudonym_key).of)
    if not found.employed and not found.pupils:
        what = N_("no list of the board was read yet, so nobody could be matched with an account")
        yield Check("people", "unknown", what, N_("run ibpmon collect first"))
        return
    yield matched(found)
    for remark in found.pressing[:SHOWN]:
        fix = N_("correct the list or the account; an employee number in both is the surest")
        yield Check("people", "note", remark.sentence, fix, remark.values)
    if len(found.pressing) > SHOWN:
        what = N_(
            "and {count} more of these; most lists that differ so much have the wrong number or user name in them"
        )
        yield Check("people", "note", what, "", {"count": len(found.pressing) - SHOWN})


def matched(found: Matches) -> Check:
    """The numbers, both ways."""
    what = N_(
        "{employed_matched} of {employed} employees and {pupils_matched} of {pupils} pupils have an account; "
        "{staff_accounts_matched} of {staff_accounts} staff accounts stand on the staff list"
    )
    names = ("employed_matched", "employed", "pupils_matched", "pupils", "staff_accounts_matched", "staff_accounts")
    return Check("people", "ok", what, "", {name: getattr(found, name) for name in names})
