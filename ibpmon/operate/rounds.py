"""One round of each kind of work: what the daemon repeats and a person runs by hand."""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, null

from ibpmon import language
from ibpmon.collect.connectors import Connector, load_connectors
from ibpmon.config import Config, load
from ibpmon.errors import ConfigError
from ibpmon.language import N_
from ibpmon.progress import Progress, silent
from ibpmon.store.database import Store, open_store, refresh_statistics
from ibpmon.store.tables import Evaluation, Run
from ibpmon.store.upsert import living

if TYPE_CHECKING:
    from ibpmon.judge.evaluate import Judgement
    from ibpmon.judge.history import Attempt
    from ibpmon.judge.rule import Rule
    from ibpmon.tell.desk import Desk
    from ibpmon.tell.outbox import Delivery
    from ibpmon.tell.sheet import Mail

Clock = Callable[[], datetime]
SLOW = ("reporting", "signin-activity")  # families of a few requests per ten seconds: each is read beside the rest


def utc_now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Workplace:
    """All that a round needs: the configuration, the connectors it leaves on, and the open store."""

    config: Config
    connectors: Mapping[str, Connector]
    store: Store
    now: Clock = utc_now


@contextmanager
def workplace(path: Path, now: Clock = utc_now) -> Iterator[Workplace]:
    """Open what config.toml at `path` names; everything is checked before the database is touched."""
    config = load(path)
    language.use_environment(config.language)
    connectors = load_connectors(config.content)
    datasets = [connector.dataset for connector in connectors.values()]
    store = open_store(config.store.database, datasets, config.tenant.id, config.board.name, now())
    try:
        yield Workplace(config, connectors, store, now)
    finally:
        store.engine.dispose()


def collect_round(
    place: Workplace,
    progress: Progress = silent,
    only: Collection[str] | None = None,
    stop: Event | None = None,
    believe: Collection[str] = (),
) -> list[Run]:
    """Read the sources (or `only` these) and place what they brought; one Run per connector says how it went.

    `believe` names the sources of which a person has checked that nearly everything is really gone. What Microsoft
    gives out slowest, the reports, is read beside the rest.
    """
    from ibpmon.collect.placement import place as put_in_place

    asked = set(place.connectors if only is None else only)
    first = {"licences"} & asked if size_of(place)[1] is None else set[str]()  # how fast the rest may go
    runs = read_some(place, first, progress, stop, believe) if first else []
    slow = [{name for name in asked - first if place.connectors[name].budget == one} for one in SLOW]
    with ThreadPoolExecutor(len(slow), thread_name_prefix="reports") as pool:
        reports = [pool.submit(read_some, place, names, progress, stop, believe) for names in slow]
        runs += read_some(place, asked.difference(first, *slow), progress, stop, believe)
        runs += [run for one in reports for run in one.result()]
    put_in_place(place.store, place.config, place.now())
    refresh_statistics(place.store, [run.connector for run in runs])
    order = list(place.connectors)
    return sorted(runs, key=lambda run: order.index(run.connector))


def read_some(
    place: Workplace, only: Collection[str], progress: Progress, stop: Event | None, believe: Collection[str]
) -> list[Run]:
    """Read these sources, one after another."""
    from ibpmon.collect.gauges import keep_gauges
    from ibpmon.collect.run import collect
    from ibpmon.providers import connect_all

    if not only:
        return []
    users, licences = size_of(place)
    with connect_all(place.config, place.store, stop=stop, users=users, licences=licences) as clients:
        runs = collect(place.connectors, clients, place.store, place.config, place.now(), progress, only, believe)
        keep_gauges(place.store, clients.measured(), place.now())
        return runs


def size_of(place: Workplace) -> tuple[int | None, int | None]:
    """How many users and paid seats the tenant had when it was last read: Microsoft allows more to a larger one."""
    found = list[int | None]()
    with place.store.read() as session:
        for name, column in (("accounts", func.count()), ("licences", func.sum(seats_of(place)))):
            there = name in place.store.data
            rows = living(place.store, name).with_only_columns(column) if there else None
            found.append(None if rows is None else session.scalar(rows) or None)
    return found[0], found[1]


def seats_of(place: Workplace) -> Any:
    """The column of paid seats, or nothing when licences are not read."""
    table = place.store.data.get("licences")
    return null() if table is None or "seats" not in table.c else table.c.seats


def evaluate_round(place: Workplace, progress: Progress = silent) -> "list[Judgement]":
    """Apply every rule; alerts and mails are written in the transaction of their findings."""
    from ibpmon.judge.evaluate import evaluate
    from ibpmon.judge.rules import load_rules
    from ibpmon.tell.alerts import Teller

    rules = load_rules(place.config)
    teller = Teller.of(place.config, place.store, place.now())
    return evaluate(rules, place.store, place.now(), progress, tell=teller.tell)


def forget_round(place: Workplace) -> None:
    """Delete what was kept long enough of who looked at whom, also where nobody opens a page any more."""
    from ibpmon.privacy.looks import forget_old

    with place.store.write() as session:
        forget_old(session, place.store, place.now())


def tell_round(place: Workplace, *, anyway: bool = False) -> "list[Mail]":
    """Put in the outbox what people must hear now; `anyway` also the mail of the day before its time."""
    from ibpmon.tell.telling import due, tell

    wanted = due(place.store, place.config, place.now(), anyway=anyway)
    return tell(desk_of(place), wanted) if wanted else []


def preview_round(place: Workplace) -> "list[Mail]":
    """The mails that would be written now; nothing is kept of them."""
    from ibpmon.tell.telling import due, preview

    wanted = due(place.store, place.config, place.now(), anyway=True)
    return preview(desk_of(place), wanted) if wanted else []


def desk_of(place: Workplace) -> "Desk":
    """What telling needs: the rules, and who owns which place according to the autorisatiematrix."""
    from ibpmon.review.owners import addresses_of
    from ibpmon.tell.desk import Desk

    return Desk.of(place.config, place.store, rules_of(place), place.now(), addresses_of(place.store, place.config))


def remind_round(place: Workplace) -> int:
    """Write the reminders of reviews of rights that are due today; gives how many. Once on each day with school."""
    from ibpmon.review import reminding
    from ibpmon.review.bureau import Bureau

    if not reminding.is_time(place.store, place.config, place.now()):
        return 0
    return len(reminding.remind_of_today(Bureau.of(place.config, place.store, place.now())))


def verify_round(place: Workplace) -> int:
    """Look at what reviews are about, once after each set of runs; gives how much was seen that is new.

    Whether what they took away is gone, what went by itself while they were open, and what became more than was signed.
    """
    from ibpmon.review import lapsing, micro, verifying
    from ibpmon.review.bureau import Bureau

    if not verifying.is_time(place.store):
        return 0
    bureau = Bureau.of(place.config, place.store, place.now())
    scene = micro.scene(bureau)
    seen = len(verifying.verify(bureau, scene)) + lapsing.lapse(bureau, scene)
    return seen + len(micro.open_all(bureau, micro.outlines(bureau, scene)))


def compare_round(place: Workplace) -> bool:
    """Compare who reaches what with the autorisatiematrix, for the rules about that; nothing when nothing changed."""
    from ibpmon.review.comparing import compare

    return compare(place.store, place.config, place.now())


def send_round(place: Workplace, *, at_once: bool = False) -> "Delivery":
    """Send the waiting messages, each on the way of its channel; `at_once` also those whose turn has not come yet."""
    from ibpmon.tell.outbox import deliver
    from ibpmon.tell.transports import ways

    with ways(place.config, place.store) as found:
        return deliver(place.store, found, place.now(), at_once=at_once)


def report_round(place: Workplace, progress: Progress = silent) -> list[Path]:
    """Write the reviews of rights, one per owner; gives their files, the index first."""
    from ibpmon.report.documents import write_reviews

    files = write_reviews(place.store, place.config, place.now(), place.config.store.reports, progress)
    return sorted(files, key=lambda path: (path.name != "index.html", path.name))


def import_round(place: Workplace, file: Path, kind: str = "", time_zone: str = "", dates: str = "") -> Run:
    """Store a file that a person downloaded, and place what it brought; what is empty is found out or taken over.

    Times without a zone are in that of the board, or in `time_zone`; `dates` is day-first or month-first.
    """
    from ibpmon.collect.downloads import Wish, import_file
    from ibpmon.collect.placement import place as put_in_place

    first = {"day-first": True, "month-first": False}.get(dates)
    wish = Wish(kind, ZoneInfo(time_zone) if time_zone else place.config.time_zone, first)
    run = import_file(file, place.connectors, place.store, place.now(), wish)
    if place.store.datasets[run.connector].kind == "state":
        put_in_place(place.store, place.config, place.now())
        refresh_statistics(place.store, [run.connector])
    return run


# ---- what the rounds left behind


def rules_of(place: Workplace) -> "list[Rule]":
    """The rules that are on, checked."""
    from ibpmon.judge.rules import load_rules

    return load_rules(place.config)


def rules_without_a_board() -> "list[Rule]":
    """The rules as they are shipped, for whoever has no config.toml yet."""
    from ibpmon.judge.rules import load_rules

    # Rules ask only what has a default (thresholds, schools, the schedule): no tenant and no mail server.
    return load_rules(Config.model_construct())


def known_rule(place: Workplace, name: str) -> None:
    """ConfigError when no rule has this name: what it finds would be nothing, and look like good news."""
    known = [rule.key for rule in rules_of(place)]
    if name not in known:
        raise no_such_rule(name, known)


def no_such_rule(name: str, known: Collection[str]) -> ConfigError:
    """A name that no rule has."""
    return ConfigError(
        N_("there is no rule '{name}'"),
        why=N_("these are on: {known}"),
        fix=N_("name one of those; rules_off in config.toml may have switched it off"),
        name=name,
        known=", ".join(known),
    )


def the_rule(place: Workplace, name: str) -> "Rule":
    """The rule of this name, also when it is switched off; ConfigError when there is none."""
    from ibpmon.judge.rules import load_rules

    content = place.config.content.model_copy(update={"rules_off": ()})
    known = {rule.key: rule for rule in load_rules(place.config.model_copy(update={"content": content}))}
    if name not in known:
        raise no_such_rule(name, known)
    return known[name]


def try_rule(place: Workplace, rule: "Rule", back: timedelta) -> "Attempt":
    """What a rule would have found over the last so much time; nothing is stored or sent."""
    from ibpmon.judge.history import attempt

    now = place.now()
    with place.store.read() as session:
        return attempt(session, place.store, rule, now - back, now, place.config.schedule.evaluate)


def known_connectors(place: Workplace, names: Collection[str]) -> set[str] | None:
    """The chosen connectors; all of them when none is named. An unknown name is an error."""
    for name in names:
        if name not in place.connectors:
            raise ConfigError(
                N_("there is no connector '{name}'"),
                why=N_("these are on: {known}"),
                fix=N_("name one of those; connectors_off in config.toml may have switched it off"),
                name=name,
                known=", ".join(place.connectors),
            )
    return set(names) or None


def latest_runs(place: Workplace) -> dict[str, Run]:
    """The last run of each connector."""
    from ibpmon.tell import coverage

    with place.store.read() as session:
        return coverage.latest_runs(session, place.store)


def latest_evaluations(place: Workplace) -> dict[str, Evaluation]:
    """The last outcome of each rule."""
    from ibpmon.tell import coverage

    with place.store.read() as session:
        return coverage.latest_evaluations(session, place.store)
