"""Tells people: once a day all that is new, and at once what cannot wait. What stands in a mail is told, and not again.

News is written in the transaction of the fact; here, in one transaction, it becomes mails in the outbox and is marked
as told. So nothing is lost between the two, and nothing is told twice.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from ibpmon.config import Config
from ibpmon.language import _
from ibpmon.store.database import Store
from ibpmon.store.tables import Alert
from ibpmon.tell import news
from ibpmon.tell.desk import Desk
from ibpmon.tell.news import Fold
from ibpmon.tell.occasions import Occasion, noted, occasion
from ibpmon.tell.outbox import Draft, enqueue
from ibpmon.tell.parcels import sorted_out
from ibpmon.tell.reminders import remind
from ibpmon.tell.sheet import Mail, Sheet, Unheard
from ibpmon.tell.terms import diary

UNHEARD = "news that nobody may read"  # a period per last piece of it


def due(store: Store, config: Config, now: datetime, *, anyway: bool = False) -> Occasion | None:
    """What must be told now, None when nothing must; `anyway` is for the mail of the day before its time."""
    with store.read() as session:
        wanted = occasion(session, store, config, diary(session, store, config), now, anyway=anyway)
        return wanted if wanted.morning or any(map(cannot_wait, news.folded(news.untold(session, store)))) else None


def tell(desk: Desk, wanted: Occasion) -> list[Mail]:
    """Put in the outbox what must be told on this occasion."""
    with desk.store.write() as session:
        if not noted(session, desk.store, wanted.names, desk.now):
            session.rollback()  # another process was first, perhaps only with the week: the day is not closed then
            return []
        mails, sender, posted = written(session, desk, wanted), desk.config.mail.sender, set[str]()
        for mail in mails:
            enqueue(session, desk.store, mail.draft, sender, sorted(mail.readers), desk.now)
            if desk.config.teams and desk.router.is_it(mail.readers) and mail.draft.subject not in posted:
                enqueue(session, desk.store, card_of(mail.draft), sender, (), desk.now)
                posted.add(mail.draft.subject)
        return mails


def card_of(draft: Draft) -> Draft:
    """The same news for Teams: what the subject says, which names nobody; the rest stands in the mail."""
    text = _("The mail of ibpmon says what it is about and what to do.")
    return Draft(draft.kind, draft.subject, text, "", channel="teams")


def preview(desk: Desk, wanted: Occasion) -> list[Mail]:
    """What would be told on this occasion; nothing is kept of it."""
    with desk.store.write() as session:
        mails = written(session, desk, wanted)
        session.rollback()
        return mails


def written(session: Session, desk: Desk, wanted: Occasion) -> list[Mail]:
    """The mails of an occasion; what stands in them is marked as told.

    What nobody may read keeps waiting, with all that went before it.
    """
    if wanted.morning:
        remind(session, desk.store, desk.rules, desk.now)
    folds = news.folded(news.untold(session, desk.store, lock=True))
    chosen = folds if wanted.morning else [one for one in folds if cannot_wait(one)]
    alerts = news.alerts_of(session, desk.store, (row for fold in chosen for row in fold.rows))
    items = [fold.line for fold in chosen if fold.line and is_heard(desk, fold, alerts)]
    parcels, unread = sorted_out(session, desk, items, alerts)
    heard = (row for fold in chosen if not (fold.line and fold.line.news_id in unread) for row in fold.rows)
    news.told(session, desk.store, heard, desk.now)
    sheet = Sheet(session, desk, alerts, wanted, unheard(session, desk, wanted, unread))
    if not wanted.morning:
        return list(sheet.at_once(parcels))
    mails = list(sheet.mornings(parcels))
    return [*mails, *sheet.heads(mails)]


def unheard(session: Session, desk: Desk, wanted: Occasion, unread: Collection[int]) -> Unheard:
    """What nobody may read; on a morning with more of it than before, written down that ICT hears so."""
    if not (unread and wanted.morning):
        return Unheard(len(unread))
    return Unheard(len(unread), noted(session, desk.store, [(UNHEARD, f"{max(unread)}")], desk.now))


def cannot_wait(fold: Fold) -> bool:
    """Whether it must be told before the morning."""
    return fold.line is not None and news.is_urgent(fold.line)


def is_heard(desk: Desk, fold: Fold, alerts: dict[int, Alert]) -> bool:
    """Whether somebody has to hear it; of a rule that is off nothing is told."""
    line = fold.line
    if line is None or line.rule not in desk.rules:
        return False
    return news.is_news(line, alerts.get(line.alert_id or 0), desk.rules[line.rule].owner)
