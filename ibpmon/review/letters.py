"""The letters of a review: that it is there, that it waits, and that it was signed, in the transaction of that fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from ibpmon.language import _, moment, ngettext
from ibpmon.review.bureau import Bureau
from ibpmon.tell.outbox import Draft, enqueue
from ibpmon.tell.render import environment, inlined, render
from ibpmon.tell.words import shown

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says; `facts` stand in a short list, `code` on a line of its own, `link` on a button."""

    kind: str
    title: str
    paragraphs: Sequence[str]
    facts: Mapping[str, str]
    code: str = ""
    link: str = ""  # the page to open; it gives no right, and says nothing of anybody


def post(session: Session, bureau: Bureau, letter: Letter, readers: Sequence[str]) -> bool:
    """Put a letter in the outbox; whether there was anybody to send it to."""
    to = sorted({one for one in readers if one})
    if to:
        enqueue(session, bureau.store, written(bureau, letter), bureau.config.mail.sender, to, bureau.now)
    return bool(to)


def written(bureau: Bureau, letter: Letter) -> Draft:
    """The same values as subject, text and HTML."""
    board = shown(bureau.config.board.name, 60)
    subject = shown(_("{what} - {board}").format(what=letter.title, board=board), 200, links=True)
    values = {
        "board": board, "title": letter.title, "subject": subject, "paragraphs": list(letter.paragraphs),
        "facts": dict(letter.facts), "code": letter.code, "at": bureau.now,
        "link": letter.link,
    }  # fmt: skip
    templates = environment(bureau.config.content.folder, bureau.config.time_zone)
    text = render(templates, "letter.txt.j2", **values)
    return Draft(letter.kind, subject, text, inlined(render(templates, "letter.html.j2", **values)))


def page_of(bureau: Bureau, review_id: int) -> str:
    """Where a review is opened in a browser; empty when this board has no pages."""
    return f"{bureau.config.web.public_url}/reviews/{review_id}" if bureau.config.web else ""


def minutes(spent: timedelta) -> int:
    """A span in whole minutes, at least one."""
    return max(1, round(spent / MINUTE))


def decisions_word(count: int) -> str:
    """How many decisions, for a person."""
    return ngettext("{n} decision", "{n} decisions", count).format(n=count)


def minutes_word(count: int) -> str:
    """How many minutes, for a person."""
    return ngettext("about {n} minute", "about {n} minutes", count).format(n=count)


def day_word(at: datetime, bureau: Bureau) -> str:
    """A moment on the clock of the board."""
    return moment(at, bureau.config.time_zone)
