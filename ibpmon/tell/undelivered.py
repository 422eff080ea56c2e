"""The messages that nobody has received yet: a list, and what a person does about one of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import or_, select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_, _
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.tables import Outbox
from ibpmon.store.views.monitor import is_dead, is_waiting
from ibpmon.tell.outbox import error_of

Verb = Literal["retry", "drop"]
CAN_BE: tuple[str, ...] = ("new", "failed", "uncertain")


@dataclass(frozen=True, slots=True)
class Left:
    """One message that nobody has received, as far as is known."""

    number: int
    channel: str
    state: str
    final: bool  # ibpmon does nothing more with it by itself
    subject: str
    recipients: tuple[str, ...]
    tries: int
    repeats: int
    created_at: datetime
    age: timedelta
    error: tuple[str, str, str]  # what, why and fix in the reader's language


def undelivered(store: Store, now: datetime) -> list[Left]:
    """Every message that waits, is uncertain or was refused for good; the oldest first."""
    mine = select(Outbox).where(col(Outbox.tenant_id) == store.tenant, or_(is_waiting(), is_dead()))
    with store.read() as session:
        return [left(row, now) for row in session.scalars(mine.order_by(col(Outbox.mail_id)))]


def left(row: Outbox, now: datetime) -> Left:
    """One row as a person reads it."""
    final = row.state == "failed" or (row.state == "uncertain" and row.try_after is None)
    error = error_of(row.error)
    return Left(
        row.mail_id,
        row.channel,
        row.state,
        final,
        row.subject,
        tuple(row.recipients),
        row.tries,
        row.repeats,
        row.created_at,
        now - row.created_at,
        error.told(_) if error else ("", "", ""),
    )


# ---- what a person does


def do(session: Session, store: Store, number: int, verb: Verb, by: str, now: datetime, reason: str = "") -> Outbox:
    """Let a message go out again, or give it up; the ledger says who did so. RefusedError says why it cannot be."""
    mail = session.get(Outbox, (store.tenant, number), with_for_update=True)
    if mail is None:
        raise RefusedError(
            N_("there is no mail {number}"), fix=N_("'ibpmon outbox' lists those that are left"), number=number
        )
    if mail.state not in CAN_BE:
        raise RefusedError(
            N_("this cannot be done with mail {number} now"),
            why=N_("its state is '{state}'"),
            fix=N_("'ibpmon outbox' lists those that are left"),
            number=number,
            state=state_word(mail.state),
        )
    was = mail.state
    mail.repeats += verb == "retry" and was == "uncertain"  # it may have arrived: this is a repeat, and says so
    mail.state, mail.try_after = ("new" if verb == "retry" else "dropped"), None
    said = {"by": by, "was": was, **({"reason": reason} if reason else {})}
    ledger.append(session, store, [ledger.Act(f"mail.{verb}", f"mail/{number}", said)], now)
    return mail


def state_word(state: str) -> str:
    """The state of a message for a person."""
    words = {
        "new": _("waits"), "sending": _("on its way"), "sent": _("sent"), "failed": _("refused"),
        "uncertain": _("uncertain"), "dropped": _("given up"),
    }  # fmt: skip
    return words.get(state, state)
