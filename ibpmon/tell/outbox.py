"""Messages wait in the database from the moment that the alert changed until the server took them.

new -> sending -> sent. What is refused for good is `failed`; what may have arrived or not is `uncertain`, goes out once
more after a pause, and stays uncertain if nobody can say then either. Both wait for a person, who sends them again or
drops them (`ibpmon.tell.undelivered`).
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, update
from sqlmodel import Session, col

from ibpmon.errors import IbpmonError, MailError
from ibpmon.language import N_
from ibpmon.store import upsert
from ibpmon.store.database import Store
from ibpmon.store.tables import Outbox
from ibpmon.store.views.monitor import is_dead, is_waiting
from ibpmon.tell.transports import (
    Accepted,
    Letter,
    NeverTaken,
    Refused,
    ServerTrouble,
    Transport,
    Uncertain,
    domain,
)

LEASE = timedelta(minutes=15)  # so long a mail belongs to the process that claimed it; then that process has died
PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
BEFORE_REPEAT = timedelta(minutes=10)  # what hung at the other side has come through by then, or never will
MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")  # nothing that could begin another header


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it has a number; `message_id` and `references` put it in a thread."""

    kind: str
    subject: str
    text: str
    html: str
    message_id: str = ""
    references: tuple[str, ...] = ()
    channel: str = "mail"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round of sending did."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    repeated: int = 0  # it may arrive twice, with the same Message-ID: a process died while sending, or no answer came
    uncertain: int = 0  # no answer came
    problem: MailError | None = None  # the last thing that went wrong


def enqueue(
    session: Session, store: Store, draft: Draft, sender: str, recipients: Sequence[str], now: datetime
) -> Outbox:
    """Put a mail in the outbox, in the transaction of the session: it goes out exactly when the change is committed."""
    number = upsert.take(session, store.tenant, "mail")
    message_id = draft.message_id or new_message_id(store, number, sender)
    if not all(map(MESSAGE_ID.fullmatch, (message_id, *draft.references))):
        raise ValueError("not a Message-ID")
    row = Outbox(
        tenant_id=store.tenant,
        mail_id=number,
        message_id=message_id,
        channel=draft.channel,
        kind=draft.kind,
        recipients=list(recipients),
        refs=list(draft.references),
        subject=draft.subject,
        text=draft.text,
        html=draft.html,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def new_message_id(store: Store, number_or_token: int | str, sender: str) -> str:
    """A Message-ID that names no machine and no person: the board, a number or word, chance, the sender's domain."""
    return f"<{store.tenant}-{number_or_token}.{secrets.token_hex(8)}@{domain(sender)}>"


# ---- sending


@dataclass(frozen=True, slots=True)
class NoWay:
    """What stands in for a channel that the board does not have (any more)."""

    channel: str

    def send(self, letter: Letter, accepted: Accepted) -> None:
        """Never takes anything."""
        raise ServerTrouble(
            N_("messages for the channel '{channel}' wait, and config.toml does not have it"),
            fix=N_("set it up again, or give them up: 'ibpmon outbox' lists them"),
            channel=self.channel,
        )


@dataclass(slots=True)
class Round:
    """One round of sending: what it did so far, and which channels cannot be used."""

    store: Store
    ways: Mapping[str, Transport]
    at_once: bool
    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    repeated: int = 0
    problem: MailError | None = None
    closed: set[str] = field(default_factory=set)

    def go(self, mail_id: int, channel: str, now: datetime) -> None:
        """Send one message, unless its channel cannot be used or another process was first."""
        mail, again = (None, False) if channel in self.closed else claim(self.store, mail_id, now, self.at_once)
        if mail is None:
            return
        self.repeated += again
        error = send_one(self.store, self.ways.get(channel) or NoWay(channel), mail, now)
        self.count(error)
        if isinstance(error, ServerTrouble):
            self.closed.add(channel)
            if asked(error):
                hold(self.store, channel, now + asked(error))

    def count(self, error: MailError | None) -> None:
        """Add how one message went."""
        self.sent += error is None
        self.failed += isinstance(error, NeverTaken)
        self.uncertain += isinstance(error, Uncertain)
        self.problem = error or self.problem


def deliver(
    store: Store, ways: Transport | Mapping[str, Transport], now: datetime, *, at_once: bool = False
) -> Delivery:
    """Send every message that is due, the oldest first; `at_once` also tries those that wait for their next turn.

    `ways` is the transport of each channel, or the one of mail. Each message is claimed and committed before it is
    sent, and marked right after the server took it: what dies in between is sent again, with the same Message-ID.
    A server that cannot be used ends the round of its channel.
    """
    by_channel = ways if isinstance(ways, Mapping) else {"mail": ways}
    doing, started = Round(store, by_channel, at_once), monotonic()
    for mail_id, channel in due(store, now, at_once):
        doing.go(mail_id, channel, now + timedelta(seconds=monotonic() - started))
    return Delivery(doing.sent, doing.failed, waiting(store), doing.repeated, doing.uncertain, doing.problem)


def send_one(store: Store, way: Transport, mail: Outbox, now: datetime) -> MailError | None:
    """Send one claimed message and write down how it went; gives the error if it was not taken."""

    def accepted(refused: Refused) -> None:
        lost = {address: answer for address, answer in refused.items() if not is_for_now(answer)}
        mark(store, mail.mail_id, left=copy_for(lost, mail), **after_handing_over(mail, refused, now))

    try:
        way.send(letter(mail), accepted)
    except MailError as error:
        mark(store, mail.mail_id, **after_error(mail, error, now))
        return error
    return None


def after_error(mail: Outbox, error: MailError, now: datetime) -> dict[str, Any]:
    """What becomes of a message that was not taken, or of which nobody can say whether it was."""
    said = {"error": written(error)}
    if isinstance(error, NeverTaken):
        return said | {"state": "failed", "try_after": None}
    if isinstance(error, Uncertain):
        # A repeat of which the end is unknown as well is not repeated: it would go on for ever.
        return said | {"state": "uncertain", "try_after": None if mail.repeats else now + BEFORE_REPEAT}
    return said | {"state": "new", "try_after": now + max(pause(mail.tries), asked(error))}


def asked(error: MailError) -> timedelta:
    """How long the other side asks to wait."""
    return timedelta(seconds=float(error.values.get("wait", 0)))


def written(error: MailError) -> str:
    """What, why and fix as the database keeps them: English sentences with their values, to be told in any language."""
    values = {name: value if isinstance(value, int | float) else str(value) for name, value in error.values.items()}
    return json.dumps({"what": error.what, "why": error.why, "fix": error.fix, "values": values}, ensure_ascii=False)


def error_of(error: str) -> IbpmonError | None:
    """The error of a message as it was; one that an older ibpmon wrote down is told as it stands there."""
    if not error:
        return None
    try:
        kept = json.loads(error)
        return MailError(kept["what"], why=kept["why"], fix=kept["fix"], **kept["values"])
    except (ValueError, KeyError, TypeError):
        return MailError("{error}", error=error)


def after_handing_over(mail: Outbox, refused: Refused, now: datetime) -> dict[str, Any]:
    """What becomes of a mail that the server took; for whom it said "not now" it keeps waiting."""
    error = codes(refused)
    later = [address for address, answer in refused.items() if is_for_now(answer)]
    if later:
        return {"state": "new", "recipients": later, "try_after": now + pause(mail.tries), "error": error}
    return {"state": "sent", "sent_at": now, "try_after": None, "error": error}


def is_for_now(answer: tuple[int, bytes]) -> bool:
    """Whether a server that refuses somebody says that it may be tried again."""
    return 400 <= answer[0] < 500


def codes(refused: Refused) -> str:
    """Who was refused, and how."""
    return "; ".join(f"{address}: {code}" for address, (code, _) in refused.items())


def copy_for(lost: Refused, mail: Outbox) -> dict[str, Any] | None:
    """The row of a mail for whom the server refuses for good, while others got it: a person has to look at it."""
    if not lost:
        return None
    kept = {name: getattr(mail, name) for name in COPIED}
    return kept | {"recipients": list(lost), "state": "failed", "error": codes(lost)}


COPIED = ("message_id", "channel", "kind", "refs", "subject", "text", "html", "tries", "created_at")


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: 1, 2, 4, ... minutes, at most an hour; a mail is never given up."""
    doubled: int = 1 << min(max(tries - 1, 0), 10)
    return min(PAUSE * doubled, LONGEST_PAUSE)


def letter(mail: Outbox) -> Letter:
    """The message of a row, as it goes out."""
    said = (mail.subject, mail.text, mail.html, mail.created_at)
    return Letter(mail.message_id, tuple(mail.recipients), *said, tuple(mail.refs), mail.repeats)


# ---- the rows


def due(store: Store, now: datetime, at_once: bool) -> list[tuple[int, str]]:
    """The numbers of the messages whose turn it is, with their channel."""
    chosen = select(col(Outbox.mail_id), col(Outbox.channel)).where(is_due(store, now, at_once))
    with store.read() as session:
        return [(number, channel) for number, channel in session.execute(chosen.order_by("mail_id"))]


def is_due(store: Store, now: datetime, at_once: bool) -> ColumnElement[bool]:
    """New and its time has come, left in `sending` by a process that died, or uncertain and not repeated yet."""
    reached = col(Outbox.try_after) <= now
    fresh = and_(col(Outbox.state) == "new", or_(col(Outbox.try_after).is_(None), reached, literal(at_once)))
    again = and_(col(Outbox.state).in_(AGAIN), reached)
    return and_(col(Outbox.tenant_id) == store.tenant, or_(fresh, again))


AGAIN = ("sending", "uncertain")  # who sends one of these cannot know whether it has arrived already


def claim(store: Store, mail_id: int, now: datetime, at_once: bool) -> tuple[Outbox | None, bool]:
    """Take one message for this process, committed before it is sent; and whether it is a repeat. None: gone."""
    with store.write() as session:
        mine = and_(col(Outbox.tenant_id) == store.tenant, col(Outbox.mail_id) == mail_id)
        before = session.scalar(select(col(Outbox.repeats)).where(mine)) or 0
        repeat = case((col(Outbox.state).in_(AGAIN), 1), else_=0)
        taken = session.execute(
            update(Outbox)
            .where(mine, is_due(store, now, at_once))
            .values(
                state="sending",
                tries=col(Outbox.tries) + 1,
                repeats=col(Outbox.repeats) + repeat,
                try_after=now + LEASE,
            )
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE has a row count
            return None, False
        mail = session.get_one(Outbox, (store.tenant, mail_id))
        session.expunge(mail)
        return mail, mail.repeats > before


def hold(store: Store, channel: str, until: datetime) -> None:
    """Let what is new for a channel wait as long as the other side asked: each question would only be refused."""
    new = and_(col(Outbox.tenant_id) == store.tenant, col(Outbox.channel) == channel, col(Outbox.state) == "new")
    sooner = or_(col(Outbox.try_after).is_(None), col(Outbox.try_after) < until)
    with store.write() as session:
        session.execute(update(Outbox).where(new, sooner).values(try_after=until))


def mark(store: Store, mail_id: int, left: Mapping[str, Any] | None = None, **values: Any) -> None:
    """Write down what became of a message, in a transaction of its own; `left` is the part that some never got."""
    with store.write() as session:
        row = and_(col(Outbox.tenant_id) == store.tenant, col(Outbox.mail_id) == mail_id)
        session.execute(update(Outbox).where(row).values(**values))
        if left:
            number = upsert.take(session, store.tenant, "mail")
            session.add(Outbox(tenant_id=store.tenant, mail_id=number, **left))


def waiting(store: Store) -> int:
    """How many messages ibpmon still has to send."""
    return count_of(store, is_waiting())


def given_up(store: Store) -> int:
    """How many messages nobody has received, as far as is known, and ibpmon sends no more by itself."""
    return count_of(store, is_dead())


def count_of(store: Store, *conditions: ColumnElement[bool]) -> int:
    """How many messages of this board fit these conditions."""
    with store.read() as session:
        rows = and_(col(Outbox.tenant_id) == store.tenant, *conditions)
        return session.scalar(select(func.count()).select_from(Outbox).where(rows)) or 0
