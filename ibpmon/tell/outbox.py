"""Mails wait in the database from the moment that the alert changed until the server took them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, update
from sqlmodel import Session, col

from ibpmon.errors import MailError
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Outbox
from ibpmon.tell.transports import Letter, NeverTaken, Refused, ServerTrouble, Transport, domain

LEASE = timedelta(minutes=15)  # so long a mail belongs to the process that claimed it; then that process has died
PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail before it has a number."""

    kind: str
    subject: str
    text: str
    html: str
    message_id: str = ""  # when it was fixed before; without it a fresh one
    references: tuple[str, ...] = ()  # the Message-IDs of the thread that it belongs to


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round of sending did."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    repeated: int = 0  # left by a process that died while sending: it may arrive twice, with the same Message-ID
    problem: MailError | None = None  # the last thing that went wrong


def enqueue(
    session: Session, store: Store, draft: Draft, sender: str, recipients: Sequence[str], now: datetime
) -> Outbox:
    """Put a mail in the outbox, in the transaction of the session: it goes out exactly when the change is committed."""
    number = upsert.take(session, store.tenant, "mail")
    row = Outbox(
        tenant_id=store.tenant,
        mail_id=number,
        message_id=draft.message_id or f"<{store.tenant}-{number}.{secrets.token_hex(8)}@{domain(sender)}>",
        kind=draft.kind,
        recipients=list(recipients),
        subject=draft.subject,
        text=draft.text,
        html=draft.html,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def deliver(store: Store, transport: Transport, now: datetime, *, at_once: bool = False) -> Delivery:
    """Send every mail that is due, the oldest first; `at_once` also tries those that wait for their next turn.

    Each mail is claimed and committed before it is sent, and marked right after the server took it: what dies in
    between is sent again, with the same Message-ID. A server that cannot be used ends the round.
    """
    sent = failed = repeated = 0
    problem = None
    started = monotonic()
    for mail_id in due(store, now, at_once):
        at = now + timedelta(seconds=monotonic() - started)
        mail, was_left = claim(store, mail_id, at, at_once)
        if mail is None:
            continue
        repeated += was_left
        error = send_one(store, transport, mail, at)
        sent, failed = sent + (error is None), failed + isinstance(error, NeverTaken)
        problem = error or problem
        if isinstance(error, ServerTrouble):
            break
    return Delivery(sent, failed, waiting(store), repeated, problem)


def send_one(store: Store, transport: Transport, mail: Outbox, now: datetime) -> MailError | None:
    """Send one claimed mail and write down how it went; gives the error if it was not taken."""

    def accepted(refused: Refused) -> None:
        mark(store, mail.mail_id, **after_handing_over(mail, refused, now))

    try:
        transport.send(letter(mail), accepted)
    except NeverTaken as error:
        mark(store, mail.mail_id, state="failed", error=written(error), try_after=None)
        return error
    except MailError as error:
        mark(store, mail.mail_id, state="new", error=written(error), try_after=now + pause(mail.tries))
        return error
    return None


def written(error: MailError) -> str:
    """What, why and fix as the database keeps them: in English, like a log."""
    return "\n".join(part for part in error.told(str) if part)


def after_handing_over(mail: Outbox, refused: Refused, now: datetime) -> dict[str, Any]:
    """What becomes of a mail that the server took; for whom it said "not now" a copy keeps waiting."""
    error = "; ".join(f"{address}: {code}" for address, (code, _) in refused.items())
    later = [address for address, (code, _) in refused.items() if 400 <= code < 500]
    if later:
        return {"state": "new", "recipients": later, "try_after": now + pause(mail.tries), "error": error}
    return {"state": "sent", "sent_at": now, "try_after": None, "error": error}


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: 1, 2, 4, ... minutes, at most an hour; a mail is never given up."""
    doubled: int = 1 << min(max(tries - 1, 0), 10)
    return min(PAUSE * doubled, LONGEST_PAUSE)


def letter(mail: Outbox) -> Letter:
    """The mail of a row, as it goes out."""
    return Letter(mail.message_id, tuple(mail.recipients), mail.subject, mail.text, mail.html, mail.created_at)


# ---- the rows


def due(store: Store, now: datetime, at_once: bool) -> list[int]:
    """The numbers of the mails whose turn it is."""
    with store.read() as session:
        return list(session.scalars(select(col(Outbox.mail_id)).where(is_due(store, now, at_once)).order_by("mail_id")))


def is_due(store: Store, now: datetime, at_once: bool) -> ColumnElement[bool]:
    """New and its time has come, or left in `sending` by a process that died."""
    reached = col(Outbox.try_after) <= now
    fresh = and_(col(Outbox.state) == "new", or_(col(Outbox.try_after).is_(None), reached, literal(at_once)))
    left = and_(col(Outbox.state) == "sending", reached)
    return and_(col(Outbox.tenant_id) == store.tenant, or_(fresh, left))


def claim(store: Store, mail_id: int, now: datetime, at_once: bool) -> tuple[Outbox | None, bool]:
    """Take one mail for this process, committed before it is sent; and whether another process left it. None: gone."""
    with store.write() as session:
        before = session.get(Outbox, (store.tenant, mail_id))
        was_left = before is not None and before.state == "sending"
        taken = session.execute(
            update(Outbox)
            .where(col(Outbox.mail_id) == mail_id, is_due(store, now, at_once))
            .values(state="sending", tries=col(Outbox.tries) + 1, try_after=now + LEASE)
            .execution_options(synchronize_session=False)
        )
        if before is None or taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE has a row count
            return None, False
        session.refresh(before)
        session.expunge(before)
        return before, was_left


def mark(store: Store, mail_id: int, **values: Any) -> None:
    """Write down what became of a mail, in a transaction of its own."""
    with store.write() as session:
        row = and_(col(Outbox.tenant_id) == store.tenant, col(Outbox.mail_id) == mail_id)
        session.execute(update(Outbox).where(row).values(**values))


def waiting(store: Store) -> int:
    """How many mails have not gone out yet."""
    return count_of(store, col(Outbox.state).in_(["new", "sending"]))


def given_up(store: Store, since: datetime) -> int:
    """How many mails, written since then, the server refused for good: nobody has read them."""
    return count_of(store, col(Outbox.state) == "failed", col(Outbox.created_at) >= since)


def count_of(store: Store, *conditions: ColumnElement[bool]) -> int:
    """How many mails of this board fit these conditions."""
    with store.read() as session:
        rows = and_(col(Outbox.tenant_id) == store.tenant, *conditions)
        return session.scalar(select(func.count()).select_from(Outbox).where(rows)) or 0
