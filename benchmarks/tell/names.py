"""The corpus of hostile names through everything that is told: nothing acts, no row is lost, nothing raises.

Each output is a function that gets names and gives how much acted and how many rows were lost; a new one is a new line
in OUTPUTS. What acts is found by what reads it: a parser of HTML, of mail, of CSV or of JSON, or the signs themselves.
"""

import csv
import io
import json
import logging
import re
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from benchmarks.figures import Figure, Measured, Measurement, Values
from ibpmon.cli.options import log_handler
from ibpmon.cli.show import as_json, table, visible
from ibpmon.config import Config
from ibpmon.report.exports import write_csv, write_xlsx
from ibpmon.store.database import Store, open_store
from ibpmon.store.tables import Outbox
from ibpmon.tell.alerts import Teller
from ibpmon.tell.desk import Desk
from ibpmon.tell.occasions import Occasion
from ibpmon.tell.outbox import letter
from ibpmon.tell.telling import tell
from ibpmon.tell.transports import to_bytes
from tests.conftest import MONDAY
from tests.hostile_names import HOSTILE
from tests.judging import CONFIG
from tests.test_alerts import Rule, Words, found, judged

AT_ONCE = 10  # so many lines a mail prints
SENDER, STAFF = "ibpmon@voorbeeldonderwijs.example", "voorbeeldonderwijs.example"
# Signs at which a spreadsheet begins to calculate, and what it looks past to find one.
CALCULATES, LOOKED_PAST = "=+-@＝＋－＠", re.compile(r"[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff]*")
SITES = "com|net|org|nl|be|eu|zip|рф|中国|xn--[a-z0-9-]+"  # the ends of sites that stand in our names
PRESSED = re.compile(  # what becomes a link
    rf"(?i)[a-z]://|\bwww\.|\b(javascript|vbscript|data|mailto|tel|sms|file):|\w[.․。．｡]({SITES})(?![\w-])"
)
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # the direction of reading
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")  # how a line of the log begins


class Found(NamedTuple):
    """What one output did with some names."""

    active: int = 0
    lost: int = 0

    def __add__(self, other: tuple[int, ...]) -> "Found":  # type: ignore[override]  # counts, not a longer tuple
        return Found(self.active + other[0], self.lost + other[1])


Output = Callable[[Sequence[str]], Found]


# ---- mail


def mails(names: Sequence[str]) -> Found:
    """Subject, text and HTML as they stand in the outbox, beside those about as many people called Anna."""
    total = Found()
    for some in in_parts(names):
        mail, plain = mail_about(some), mail_about(("Anna",) * len(some))
        page, calm = Page(mail.html), Page(plain.html)
        acts = sum(((page.parts - calm.parts) + (calm.parts - page.parts)).values())
        acts += abs(page.angles - calm.angles) + steering(mail.subject + mail.text + page.text)
        acts += len(mail.subject.splitlines()) - 1 + len(PRESSED.findall(mail.subject + mail.text + page.text))
        rows = [f"n{number}@" for number in range(len(some))]
        total += Found(acts, sum(row not in mail.text or row not in page.text for row in rows))
    return total


def sent(names: Sequence[str]) -> Found:
    """The bytes that go over the line, read again: the same headers, recipients and parts as about Anna."""
    total = Found()
    for some in in_parts(names):
        mail, plain = read_again(mail_about(some)), read_again(mail_about(("Anna",) * len(some)))
        acts = sum(one(mail) != one(plain) for one in (headers_of, recipients_of, parts_of))
        acts += len(mail.defects) + sum(len(part.defects) for part in mail.walk())
        text = " ".join(part.get_content() for part in mail.iter_parts() if isinstance(part, EmailMessage))
        total += Found(acts, sum(text.count(f"n{number}@") == 0 for number in range(len(some))))
    return total


def in_parts(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """As many names as one mail prints."""
    for start in range(0, len(names), AT_ONCE):
        yield tuple(names[start : start + AT_ONCE])


@cache
def mail_about(names: tuple[str, ...]) -> Outbox:
    """The mail about new findings whose fields hold these names: told as a round of judging tells it."""
    rule = Rule(message=Words(line="{name} ({upn}) heeft geen MFA."))
    with board() as (store, config):
        with store.write() as session:
            for number, name in enumerate(names):
                evidence = {"name": name, "upn": f"n{number}@{STAFF}"}
                found(session, store, f"s{number:02}", rule=rule.key, level=rule.level, evidence=evidence)
        with store.write() as session:
            Teller.of(config, store, MONDAY).tell(session, judged(session, store, rule=rule))
        desk = replace(Desk.of(config, store, [], MONDAY), rules={rule.key: rule})
        tell(desk, Occasion(morning=True))
        with store.read() as session:
            return session.scalars(select(Outbox).order_by(col(Outbox.mail_id))).one()


@contextmanager
def board() -> Iterator[tuple[Store, Config]]:
    """A board without accounts, with a key of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/ibpmon.db", [], str(UUID(int=1)), "Waaier", MONDAY)
        own = CONFIG.store.model_copy(update={"pseudonym_key": Path(folder) / "pseudonym.key"})
        try:
            yield store, CONFIG.model_copy(update={"store": own})
        finally:
            store.engine.dispose()


def read_again(mail: Outbox) -> EmailMessage:
    """What whoever gets the bytes reads in them."""
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(to_bytes(letter(mail), SENDER))


def headers_of(message: EmailMessage) -> list[str]:
    """The names of the headers of a mail and of its parts."""
    return [name for part in message.walk() for name in part]


def recipients_of(message: EmailMessage) -> list[str]:
    """Everyone who gets it."""
    return [str(message[name]) for name in ("To", "Cc", "Bcc", "From", "Reply-To") if message[name]]


def parts_of(message: EmailMessage) -> list[str]:
    """The kinds of its parts."""
    return [part.get_content_type() for part in message.walk()]


class Page(HTMLParser):
    """Everything in a page but its words: elements with their attributes, comments, declarations."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: Counter[str] = Counter()
        self.words: list[str] = []
        self.feed(html)
        self.close()
        self.text = "".join(self.words)
        self.angles = html.count("<") - html.count("<wbr>")  # what no parser took for an element, a browser might

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element; <wbr> only says where a mail address may break."""
        self.parts[f"<{tag} {sorted(attrs, key=str)}>"] += tag != "wbr" or bool(attrs)

    def handle_data(self, data: str) -> None:
        """Words."""
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        """A comment: some mail programs read in them."""
        self.parts[f"<!--{data}-->"] += 1

    def handle_decl(self, decl: str) -> None:
        """A declaration."""
        self.parts[f"<!{decl}>"] += 1

    def unknown_decl(self, data: str) -> None:
        """As above."""
        self.handle_decl(data)

    def handle_pi(self, data: str) -> None:
        """An instruction."""
        self.parts[f"<?{data}>"] += 1


# ---- files


def csv_file(names: Sequence[str]) -> Found:
    """The export, read again by what knows CSV."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        rows = [{"number": number, "name": name, "end": "x"} for number, name in enumerate(names)]
        write_csv(rows, {"number": "Nummer", "name": "Naam", "end": "Eind"}, path)
        csv.field_size_limit(1_000_000)
        with path.open(encoding="utf-8-sig", newline="") as source:
            _headings, *read = list(csv.reader(source, delimiter=";"))
    return Found(sum(calculates(cell) for row in read for cell in row), missing(names, read))


def workbook(names: Sequence[str]) -> Found:
    """The export as a workbook, read again: a formula or a link stands in its XML, and each row has its end."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        rows = [{"number": number, "name": name, "end": "x"} for number, name in enumerate(names)]
        write_xlsx(rows, {"number": "Nummer", "name": "Naam", "end": "Eind"}, path, "Lijst")
        with zipfile.ZipFile(path) as parts:
            sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        read = pd.read_excel(path, engine="calamine", dtype=str, keep_default_na=False)
    active = len(re.findall(r"<f[ >]|<hyperlink", sheet))
    return Found(active, len(names) - int((read["Eind"] == "x").sum()))


def calculates(cell: str) -> bool:
    """Whether a spreadsheet takes a cell for a formula; a quote in front makes it text."""
    shown = LOOKED_PAST.sub("", cell, count=1)
    return (bool(shown) and shown[0] in CALCULATES) or cell[:1] in ("\t", "\r", "\n")


def missing(names: Sequence[str], read: Sequence[Sequence[str]]) -> int:
    """How many rows are not there whole: number, name and end."""
    whole = {row[0] for row in read if len(row) == 3 and row[2] == "x"}
    return len(names) - len(whole) + max(len(read) - len(names), 0)


# ---- screen and log


def json_document(names: Sequence[str]) -> Found:
    """What --json prints, read again by a program."""
    rows = [{"number": number, "name": name} for number, name in enumerate(names)]
    text = printed(lambda: as_json(rows))
    read = {row["number"]: row["name"] for row in json.loads(text)}
    return Found(steering(text), sum(read.get(number) != name for number, name in enumerate(names)))


def listing(names: Sequence[str]) -> Found:
    """A table on a terminal."""
    rows = [{"number": f"#{number}#", "name": name} for number, name in enumerate(names)]
    text = printed(lambda: table(rows, {"number": "Nummer", "name": "Naam"}))
    return Found(steering(text), sum(row["number"] not in text for row in rows))


def sentence(names: Sequence[str]) -> Found:
    """A line of a command."""
    lines = [visible(f"#{name}#") for name in names]
    return Found(sum(map(steering, lines)), sum(line[0] + line[-1] != "##" for line in lines))


def log_lines(names: Sequence[str]) -> Found:
    """The log: one message is one line, and no trace looks like a message."""
    stream, log = io.StringIO(), logging.getLogger("benchmarks.names")
    handler = log_handler(stream)
    log.addHandler(handler)
    log.propagate = False
    try:
        for number, name in enumerate(names):
            log.warning("#%d# %s", number, name)
            try:
                raise ValueError(name)
            except ValueError:
                log.exception("trace")
    finally:
        log.removeHandler(handler)
    text = stream.getvalue()
    stamped = [line for line in text.split("\n") if STAMP.match(line)]
    stray = [line for line in text.split("\n") if line and not line.startswith("    ") and not STAMP.match(line)]
    acts = abs(len(stamped) - 2 * len(names)) + len(stray) + steering(text)
    return Found(acts, sum(not any(f"#{number}#" in line for line in stamped) for number in range(len(names))))


def printed(work: Callable[[], None]) -> str:
    """What is printed on a terminal that takes UTF-8 and nothing else."""
    raw = io.BytesIO()
    screen = io.TextIOWrapper(raw, encoding="utf-8", errors="strict", write_through=True)
    with redirect_stdout(screen):
        work()
    screen.flush()
    return raw.getvalue().decode("utf-8")


def steering(text: str) -> int:
    """How many signs of a text a terminal, or a reader's eye, would obey; the end of a line is none."""
    controls = sum(1 for sign in text if sign != "\n" and (ord(sign) < 0x20 or 0x7F <= ord(sign) <= 0x9F))
    return controls + len(TURNING.findall(text))


OUTPUTS: Mapping[str, Output] = {
    "mail": mails,
    "sent": sent,
    "csv": csv_file,
    "xlsx": workbook,
    "json": json_document,
    "listing": listing,
    "sentence": sentence,
    "log": log_lines,
}
FIGURES = (
    Figure("names.tried", "names"),
    Figure("names.active", "things", "== 0"),
    Figure("names.lost_rows", "rows", "== 0"),
    Figure("names.exceptions", "names", "== 0"),
)


# ---- measuring


def measure_names(_full: bool) -> Values:
    """Every name through every output."""
    counts = {name: through(output, HOSTILE) for name, output in OUTPUTS.items()}
    told = {
        figure: {name: count[number] for name, count in counts.items()}
        for number, figure in enumerate(("names.active", "names.lost_rows", "names.exceptions"))
    }
    tried = Measured(len(HOSTILE), f"each through {', '.join(OUTPUTS)}", len(OUTPUTS))
    return {"names.tried": tried} | {
        figure: Measured(
            sum(per.values()), ", ".join(f"{name} {n}" for name, n in per.items() if n) or "none", len(per)
        )
        for figure, per in told.items()
    }


def through(output: Output, names: Sequence[str]) -> tuple[int, int, int]:
    """What acted, what was lost and how many names made an output raise; one that raises is tried name by name."""
    try:
        return (*output(names), 0)
    except Exception as error:  # noqa: BLE001 - that something raises is what is counted
        if len(names) == 1:
            print(f"{output.__name__}: {names[0][:60]!r}: {error!r}", file=sys.stderr)
            return 0, 1, 1
    half = len(names) // 2
    first, second = through(output, names[:half]), through(output, names[half:])
    active, lost, raised = (one + other for one, other in zip(first, second, strict=True))
    return active, lost, max(raised, 1)


MEASUREMENTS = (Measurement(FIGURES, measure_names),)
