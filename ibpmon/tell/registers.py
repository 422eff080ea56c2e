"""What the registers share: an act of a person on a row, with what it changes, bound into the ledger; and the history.

Nothing is ever deleted. A row holds how things stand, the ledger how they came to be so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Incident, PrivacyRequest
from ibpmon.tell.acts import Line

Values = Mapping[str, Any]
LONGEST = 20_000  # characters of one text: a cell of a spreadsheet holds 32,767
MOST = 1_000_000_000  # people or records


@dataclass(frozen=True, slots=True)
class Deed:
    """One act: who does what, which fields become what, and why.

    `seen` is the last line of the history that this person saw, when that is known.
    """

    verb: str
    by: str
    values: Values = field(default_factory=dict)
    reason: str = ""
    seen: int | None = None


# ---- deciding


def checked(deed: Deed) -> Deed:
    """The deed, or RefusedError when a text or number in it cannot be kept as it is."""
    if not deed.by.strip():
        raise RefusedError(N_("nobody is named who does this"), fix=N_("say who, with --by"))
    for name, value in {**deed.values, "by": deed.by, "reason": deed.reason}.items():
        if isinstance(value, str):
            check_text(name, value)
        elif isinstance(value, int) and not isinstance(value, bool):
            check_number(name, value)
    return deed


def check_text(name: str, text: str) -> None:
    """Refuse what a database cannot hold, or a spreadsheet not show whole."""
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise RefusedError(
            N_("'{field}' cannot be kept"),
            why=N_("it holds signs that are no text"),
            fix=N_("type it again; what was pasted may come from a damaged file"),
            field=name,
        )
    if len(text) > LONGEST:
        raise RefusedError(
            N_("'{field}' cannot be kept"),
            why=N_("it has {count} signs, and {most} fit"),
            fix=N_("write down the main points, and where the rest lies"),
            field=name,
            count=len(text),
            most=LONGEST,
        )


def check_number(name: str, value: int) -> None:
    """Refuse a number of people or records that cannot be."""
    if not 0 <= value <= MOST:
        raise RefusedError(
            N_("'{field}' cannot be {value}"),
            why=N_("it says how many there are, and there are never that many"),
            fix=N_("give a number from 0 to {most}, or leave it unknown"),
            field=name,
            value=value,
            most=MOST,
        )


def check_word(name: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a word that means nothing here."""
    if value not in known:
        raise RefusedError(
            N_("'{field}' cannot be '{value}'"),
            why=N_("the register knows no such word"),
            fix=N_("use one of: {known}"),
            field=name,
            value=value,
            known=", ".join(known),
        )


def needed(text: str, why: str) -> str:
    """A text that must be there; `why` is the sentence for who left it out."""
    if not text.strip():
        raise RefusedError(why, fix=N_("say it in a few words"))
    return text.strip()


def check_moment(name: str, at: datetime, earliest: datetime | None, now: datetime) -> datetime:
    """A moment in UTC that has come, and not before what it follows on."""
    if at > now:
        raise RefusedError(
            N_("'{field}' cannot lie in the future"),
            why=N_("the register says what happened, and from when a term of the law runs"),
            fix=N_("give a moment that has come"),
            field=name,
        )
    if earliest is not None and at < earliest:
        raise RefusedError(
            N_("'{field}' cannot lie before what it follows on"),
            why=N_("in the register, what follows comes later than what it follows on"),
            fix=N_("give a later moment, or put the earlier one right first"),
            field=name,
        )
    return at.astimezone(UTC)


# ---- acting


def check_seen(session: Session, store: Store, ref: str, seen: int | None) -> None:
    """Refuse who looked before the last thing happened."""
    if seen is not None and ledger.last_of(session, store, ref) > seen:
        raise RefusedError(
            N_("{ref} changed since you looked at it"),
            why=N_("somebody else was there first"),
            fix=N_("look at it again, and decide anew"),
            ref=ref,
        )


def carry_out(
    session: Session, store: Store, row: Incident | PrivacyRequest, ref: str, deed: Deed, values: Values, now: datetime
) -> None:
    """Give a row its new values, and say in the ledger what changed, from what, by whom and why."""
    old = {name: getattr(row, name) for name in values}
    new = {name: value for name, value in values.items() if old[name] != value}
    if not new and deed.verb != "comment":
        raise RefusedError(
            N_("this changes nothing"),
            why=N_("{ref} says so already"),
            fix=N_("give what must become different, or add a remark with 'comment'"),
            ref=ref,
        )
    for name, value in new.items():
        setattr(row, name, value)
    row.changed_at = now
    told = {"by": deed.by, "reason": deed.reason, "old": {name: old[name] for name in new}, "new": new}
    append(session, store, ref, deed.verb, told, now)


def append(session: Session, store: Store, ref: str, verb: str, told: Values, now: datetime) -> None:
    """Write an act down in the ledger; nothing empty is kept."""
    said = {name: value for name, value in told.items() if value}
    ledger.append(session, store, [ledger.Act(f"{ref.partition('/')[0]}.{verb}", ref, said)], now)


def history(session: Session, store: Store, ref: str) -> list[Line]:
    """Everything that happened to a row of a register, the oldest first."""
    return [
        Line(one.seq, one.at, one.kind.partition(".")[2], json.loads(one.said or "{}"))
        for one in ledger.about(session, store, ref)
    ]
