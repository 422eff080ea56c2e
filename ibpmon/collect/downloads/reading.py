"""A download as batches of rows in the order of its connector's fields, whatever form it has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from itertools import chain, islice
from typing import Any

from msgspec.json import encode

from ibpmon.collect.connectors import Connector
from ibpmon.collect.downloads import csvs, headings, jsons, kinds, times, translating, troubles
from ibpmon.collect.downloads.kinds import KINDS, Kind
from ibpmon.collect.downloads.opening import File
from ibpmon.collect.downloads.translating import Plan, Unusable
from ibpmon.errors import SourceError
from ibpmon.language import N_
from ibpmon.providers.decode import Decoder

Row = tuple[Any, ...]

TOGETHER = 1000  # rows of one batch, as Graph gives them on a page
MISFIT = N_("a value that does not fit, or no id")
OTHER = N_("of another kind, or no record of a download")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person who imports says about the file: its kind, the zone of its times, how its dates begin."""

    kind: str = ""  # empty: found out
    zone: tzinfo = UTC  # of times that name none, under a heading that does not say UTC
    day_first: bool | None = None  # 1/2/2026; None: found out


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be used: where it stands, and why (an English msgid); never what is in it."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, what could not be used of them, and the keys that the file says something about."""

    rows: list[Row]
    said: frozenset[str]
    bad: list[Bad] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Download:
    """A file of which the kind is known, and how its rows are read."""

    file: File
    kind: Kind
    connector: Connector
    decoder: Decoder
    forced: bool  # the person named the kind: other records are left out, not refused
    plan: Plan | None = None  # CSV


# ---- which kind it is


def kind_of(file: File, wish: Wish) -> str:
    """The name of its kind; ContentError when it is no download that we know, or one of two."""
    if wish.kind and wish.kind not in KINDS:
        raise troubles.no_such_kind(wish.kind)
    return kind_of_json(file, wish) if file.form == "json" else kind_of_csv(file, wish)


def kind_of_json(file: File, wish: Wish) -> str:
    """The kind of the first record that is known; every record counts when none is."""
    if wish.kind:
        return wish.kind
    hint, first = kinds.of_name(file.path.name), None
    for _text, item in records(file):
        first = item if first is None else first
        if found := kinds.of_record(item, hint):
            return found
    raise troubles.unknown(file.path, list(first) if isinstance(first, dict) else [])


def kind_of_csv(file: File, wish: Wish) -> str:
    """The kind that the headings tell, and for sign-ins the name of the file."""
    _delimiter, cells = heading(file)
    family = KINDS[wish.kind].family if wish.kind else kinds.family_of(cells)
    if family is None:
        raise troubles.unknown(file.path, shown(cells))
    columns = headings.find(family, cells)
    if wish.kind and not kinds.fits(columns, dict(kinds.COLUMNS)[family]):
        raise troubles.lacking(file.path, wish.kind, cells)
    name = wish.kind or kinds.of_columns(family, columns, kinds.of_name(file.path.name))
    if name is None:
        raise troubles.which_sign_ins(file.path)
    return name


def shown(cells: Sequence[str]) -> Sequence[str]:
    """The headings, for a message; nothing of a first line that may hold the data of a person."""
    several = sum(headings.folded(cell) in headings.KNOWN for cell in cells) > 1
    return cells if several and not any("@" in cell for cell in cells) else []


def heading(file: File) -> tuple[str, list[str]]:
    """The delimiter and the headings of a CSV file."""
    with troubles_told(file, [0]), file.text() as source:
        delimiter, cells = csvs.heading_of(source)
    return delimiter, cells


# ---- how it is read


def download(file: File, connector: Connector, wish: Wish, name: str, accounts: Mapping[str, str]) -> Download:
    """A file with all that is needed to read it."""
    decoder = Decoder(connector.fields)
    plan = plan_of(file, connector, wish, name, accounts) if file.form == "csv" else None
    return Download(file, KINDS[name], connector, decoder, bool(wish.kind), plan)


def plan_of(file: File, connector: Connector, wish: Wish, name: str, accounts: Mapping[str, str]) -> Plan:
    """How the rows of a CSV file become records."""
    delimiter, cells = heading(file)
    columns = headings.find(KINDS[name].family, cells)
    wanted = translating.wanted(connector, columns)
    double = headings.twice(cells, {one.name: column for one, column in wanted})
    if double:
        raise troubles.heading_twice(file.path, double)
    moments = [column.place for one, column in wanted if one.type in ("time", "day")]
    first = wish.day_first if wish.day_first is not None else order_of(file, delimiter, cells, moments)
    return Plan(
        KINDS[name], delimiter, tuple(cells), columns, wanted, times.Reader(wish.zone, first), accounts
    )  # fmt: skip


def order_of(file: File, delimiter: str, cells: Sequence[str], places: Sequence[int]) -> bool | None:
    """Whether dates with slashes begin with the day: only a file that has them is read for it."""
    found = (
        line.cells[place] for line in lines(file, delimiter, cells) if line.cells for place in places
        if line.cells[place].strip()
    )  # fmt: skip
    first = next(found, "")
    return times.day_first(chain([first], found)) if times.SLASHED.fullmatch(times.plain(first)) else None


def batches(one: Download) -> Iterator[Batch]:
    """The file as batches; an error of ours when it breaks off or mixes kinds."""
    return csv_batches(one, one.plan) if one.plan else json_batches(one)


def json_batches(one: Download) -> Iterator[Batch]:
    """Records of the wanted kind go to the decoder as they stand; the others are named."""
    found = enumerate(records(one.file), 1)
    while some := list(islice(found, TOGETHER)):
        fitting = [(text, item) for _number, (text, item) in some if is_wanted(one, item)]
        bad = [Bad(str(number), OTHER) for number, (_text, item) in some if not is_wanted(one, item)]
        said = frozenset(chain.from_iterable(item for _text, item in fitting))
        yield decoded(one, [text for text, _item in fitting], said, bad)


def is_wanted(one: Download, item: Any) -> bool:
    """Whether a record is of the kind that is read; ContentError when it is of another known kind."""
    found = kinds.of_record(item, one.kind.connector)
    if found and found != one.kind.connector and not one.forced:
        raise troubles.mixed(one.file.path, [one.kind.title, KINDS[found].title])
    return found == one.kind.connector


def csv_batches(one: Download, plan: Plan) -> Iterator[Batch]:
    """Rows are made records first, and then decoded like any other."""
    found = lines(one.file, plan.delimiter, plan.heading)
    while some := list(islice(found, TOGETHER)):
        bad: list[Bad] = []
        texts = [encode(record).decode() for line in some if (record := record_of(one, plan, line, bad)) is not None]
        yield decoded(one, texts, plan.said, bad)


def record_of(one: Download, plan: Plan, line: csvs.Line, bad: list[Bad]) -> dict[str, Any] | None:
    """One row as a record; None for one that cannot be used, which is then named."""
    if line.cells is None:
        bad.append(Bad(str(line.number), N_("other number of values than the heading, or an odd quote")))
        return None
    try:
        return translating.record_of(plan, line.cells)
    except Unusable as problem:
        bad.append(Bad(str(line.number), str(problem)))
    except times.Unclear as unclear:
        raise troubles.unclear(one.file.path, line.number, unclear) from None
    return None


def decoded(one: Download, texts: Iterable[str], said: frozenset[str], bad: list[Bad]) -> Batch:
    """Records as rows, by the decoder that reads the pages of Graph."""
    body = '{"value":[' + ",".join(texts) + "]}"
    try:
        page = one.decoder.page(body.encode("utf-8", "surrogatepass"))
    except SourceError:
        raise troubles.half(one.file.path, 0) from None
    return Batch(page.rows, said, bad + [Bad(name, MISFIT) for name in page.bad])


# ---- the file itself


def records(file: File) -> Iterator[jsons.Found]:
    """The records of a JSON file; an error of ours when it cannot be read to its end."""
    done: list[int] = [0]
    with troubles_told(file, done), file.text() as source:
        for done[0], found in enumerate(jsons.records(source), 1):
            yield found


def lines(file: File, delimiter: str, cells: Sequence[str]) -> Iterator[csvs.Line]:
    """The rows of a CSV file; an error of ours when it cannot be read to its end."""
    done: list[int] = [0]
    with troubles_told(file, done), file.text() as source:
        for done[0], found in enumerate(csvs.rows(source, delimiter, cells), 1):
            yield found


@contextmanager
def troubles_told(file: File, done: list[int]) -> Iterator[None]:
    """What can be wrong with a file while it is read, as errors that say what to do; `done` counts its rows."""
    try:
        yield
    except OSError as error:
        raise troubles.unreadable(file.path, error) from None
    except UnicodeError:
        raise troubles.no_text(file.path) from None
    except (jsons.Broken, csvs.Broken):
        raise troubles.half(file.path, done[0]) from None
    except csvs.Mixed:
        raise troubles.mixed(file.path, []) from None
