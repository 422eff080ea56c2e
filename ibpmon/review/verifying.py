"""Whether what was to be taken away is gone: only a later run that was read in full can say so, and nobody else.

Only the sources that can carry this access count, and of those what they read of this place: a library of another
school that could not be read says nothing about this one. What was not looked into when it was signed, and is not now,
is as unknown as it was then; a corner that became dark since makes the whole unknown.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from ibpmon.config import Config
from ibpmon.review.access import look
from ibpmon.review.applications import EXPORTS
from ibpmon.review.asking import key_of
from ibpmon.review.assigning import make, place_of, term
from ibpmon.review.bureau import Bureau, board_of
from ibpmon.review.hints import Guide, guide_of
from ibpmon.review.merkle import canonical, sha256
from ibpmon.review.nouns import RIGHTS, Access, Landscape, Principal, Resource
from ibpmon.review.remedies import DONE, Task, lock, tasks, write_down
from ibpmon.store.database import Store
from ibpmon.store.review_tables import AccessReview, Observation, Remediation, ReviewItem
from ibpmon.store.tables import Cursor, Run

PROPAGATION = timedelta(hours=1)  # Microsoft shows a change only after a while
LOOKED = "runs of the last look at what reviews took away"
PEOPLE = ("accounts", "groups", "group-members", "group-owners")
# The sources that can carry access to each kind of place.
CARRIERS: Mapping[str, Sequence[str]] = {
    "group": PEOPLE,
    "site": (
        *PEOPLE, "sites", "drives", "drive-permissions", "drive-items", "item-permissions", "site-rights",
        "site-group-members", "list-rights", "site-admins",
    ),
    "role": (*PEOPLE, "role-assignments", "role-eligibility"),
    "app": (*PEOPLE, "service-principals", "application-consents"),
    "application": ("accounts", "staff-list", EXPORTS),
}  # fmt: skip
# Read as one list: half of it is none of it. The others go from place to place.
LISTS = ("accounts", "staff-list", "groups", "sites", "role-assignments", "role-eligibility", "service-principals")
PLACES = {"group": "groups", "site": "sites"}  # the list that a place stands on
BY_SITE = ("site-rights", "site-group-members")
# What stands for people who were not read, and the source that would have told.
DARK = {
    "group": "group-members", "owners": "group-owners", "site_group": "site-group-members", "site": "drives",
    "library": "drive-permissions", "application": EXPORTS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signed:
    """What of a review counts when somebody looks again."""

    sources: frozenset[str]  # that were read
    dark: frozenset[str]  # the items that stood for what was not


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is now, what was read of it and when, and what was signed."""

    guide: Guide
    started: Mapping[int, datetime]  # by run
    tried: Mapping[str, datetime]  # the newest attempt of each source
    whole: Mapping[str, datetime]  # when a source that else asks only for what changed asked for everything
    signed: Mapping[int, Signed]  # by review

    @property
    def landscape(self) -> Landscape:
        """Who reaches what."""
        return self.guide.landscape


@dataclass(frozen=True, slots=True)
class Sought:
    """One access that may be gone: the item, of which review, and since when it should be."""

    review_id: int
    item_key: str | None
    item: ReviewItem
    since: datetime  # only what was read after it counts
    goal: str = "GONE"  # or the right that may remain


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one access: the result, what is left or why it is not known, and the runs that it rests on."""

    result: str
    left: Sequence[Mapping[str, Any]] = ()
    runs: tuple[int, ...] = ()


def verify(bureau: Bureau, scene: Scene | None = None) -> list[Observation]:
    """Look at every task that can still change; all that was seen is written in one transaction.

    1. what there is now, read before anybody has to wait for it; who looked already gives the `scene` along
    2. the tasks, locked
    3. of each what was seen that is new
    """
    with bureau.store.read() as session:
        if not any(is_watched(one) for one in tasks(session, bureau.store)):
            return []
        scene = scene or scene_of(session, bureau)
    with bureau.store.write() as session:
        lock(session, bureau.store)
        watched = [one for one in tasks(session, bureau.store) if is_watched(one) and one.row.review_id in scene.signed]
        found = [one for task in watched if (one := observe(session, bureau, scene, task)) is not None]
        for one in found:
            session.expunge(one)
        return found


def is_time(store: Store) -> bool:
    """Whether something was read since the last look that a review can rest on; it is noted, so one look is enough.

    Also a look that fails is not made again before the next run: the same data would fail again.
    """
    with store.read() as session:
        known, newest = session.get(Cursor, (store.tenant, LOOKED)), newest_run(session, store)
        if not is_any(session, store) or (known is not None and known.value >= newest):
            return False
    with store.write() as session:
        row = session.get(Cursor, (store.tenant, LOOKED), with_for_update=True)
        if row is not None and row.value >= newest:
            return False  # another process was first
        session.merge(Cursor(tenant_id=store.tenant, name=LOOKED, value=newest))
        return True


def is_any(session: Session, store: Store) -> bool:
    """Whether there is any review at all."""
    mine = col(AccessReview.tenant_id) == store.tenant
    return session.scalar(select(col(AccessReview.review_id)).where(mine).limit(1)) is not None


def newest_run(session: Session, store: Store) -> int:
    """The last run that ended, of the sources that access is made of; 0 when there is none."""
    carrying = {name for names in CARRIERS.values() for name in names}
    mine = (col(Run.tenant_id) == store.tenant, col(Run.state) != "RUNNING", col(Run.connector).in_(carrying))
    return session.scalar(select(func.max(col(Run.run_id))).where(*mine)) or 0


def is_watched(task: Task) -> bool:
    """Whether a task can still change: what stays away may come back."""
    return task.state not in ("RETURNED", "WITHDRAWN")


# ---------------------------------------------------------------- what there is


def scene_of(session: Session, bureau: Bureau, also: Collection[int] = ()) -> Scene:
    """Everything that is looked at, as sets; `also` for reviews without a task."""
    return scene_at(session, bureau.store, bureau.config, bureau.now, also)


def scene_at(session: Session, store: Store, config: Config, now: datetime, also: Collection[int] = ()) -> Scene:
    """The same of a board whose matrix is no matter, or cannot be read."""
    landscape = look(session, store, now, board_of(config))
    numbers = {one.run_id for one in landscape.readings.values() if one.run_id is not None}
    mine = col(Run.tenant_id) == store.tenant
    runs = select(col(Run.run_id), col(Run.started_at)).where(mine, col(Run.run_id).in_(numbers))
    newest = select(col(Run.connector), func.max(col(Run.run_id))).where(mine, col(Run.state) != "RUNNING")
    last = newest.group_by(col(Run.connector)).subquery()
    tried = select(col(Run.connector), col(Run.started_at)).where(mine, col(Run.run_id) == last.c[1])
    tried = tried.where(col(Run.connector) == last.c[0])
    guide = guide_of(session, store, landscape)
    whole, signed = asked_in_full(session, store), dict(signed_of(session, store, also))
    return Scene(guide, pairs(session, runs), pairs(session, tried), whole, signed)


def asked_in_full(session: Session, store: Store) -> dict[str, datetime]:
    """When each source that else follows changes asked for everything.

    Microsoft may not name a file of which only the rights changed, so what such a source knows of it can be of before
    the work, however late its last run was.
    """
    names = {f"{name}:full": name for kind in CARRIERS.values() for name in kind}
    mine = (col(Cursor.tenant_id) == store.tenant, col(Cursor.name).in_(names))
    found = session.execute(select(col(Cursor.name), col(Cursor.value)).where(*mine))
    return {names[name]: datetime.fromtimestamp(value / 1_000_000, UTC) for name, value in found}


def pairs(session: Session, statement: Any) -> dict[Any, Any]:
    """Rows of two columns."""
    return {row[0]: row[1] for row in session.execute(statement)}


def signed_of(session: Session, store: Store, also: Collection[int] = ()) -> Iterator[tuple[int, Signed]]:
    """What of each review with tasks, and of these others, was looked into."""
    mine = col(Remediation.tenant_id) == store.tenant
    numbers = {*also, *session.scalars(select(col(Remediation.review_id)).where(mine).distinct())}
    dark: dict[int, set[str]] = {}
    items = select(col(ReviewItem.review_id), col(ReviewItem.item_key)).where(
        col(ReviewItem.tenant_id) == store.tenant,
        col(ReviewItem.review_id).in_(numbers),
        col(ReviewItem.outcome) == "UNKNOWN",
    )
    for number, key in session.execute(items):
        dark.setdefault(number, set()).add(key)
    found = select(col(AccessReview.review_id), col(AccessReview.coverage)).where(
        col(AccessReview.tenant_id) == store.tenant, col(AccessReview.review_id).in_(numbers)
    )
    for number, covered in session.execute(found):
        sources = json.loads(covered)["sources"]
        read = frozenset(name for name, one in sources.items() if one["run"] is not None)
        yield number, Signed(read, frozenset(dark.get(number, ())))


# ---------------------------------------------------------------- looking at one access


def sought_of(task: Task) -> Sought:
    """What a task asks to look for."""
    row = task.row
    return Sought(row.review_id, row.item_key, task.item, task.reported_at or row.made_at, row.goal)


def seen(scene: Scene, sought: Sought) -> Look | None:
    """What there is of one access now; None as long as no later run was made.

    1. what was erased, or has no right that can be compared, stays unknown
    2. every source that can carry it was read after the work; one that was tried after it and failed makes it unknown
    3. nothing about this place is dark that was not when it was signed
    4. the paths that are left
    """
    if not sought.item_key or not sought.item.right:
        return Look("UNKNOWN")
    place = place_of(scene.landscape, sought.item_key)
    names = needed(scene, sought, place)
    since = sought.since + PROPAGATION
    old = [name for name in names if not is_later(scene, name, since)]
    failed = [name for name in old if is_lost(scene, name, since)]
    if failed or not names:
        return Look("UNKNOWN", blind(failed))
    if old:
        return None
    runs = tuple(number for name in names if (number := scene.landscape.readings[name].run_id) is not None)
    dark = [name for name in names if name in LISTS and not scene.landscape.readings[name].whole]
    if dark:
        return Look("UNKNOWN", blind(dark), runs)
    return in_place(scene, sought, place, names, runs) if place else without_place(scene, sought, runs)


def needed(scene: Scene, sought: Sought, place: Resource | None) -> list[str]:
    """The sources that can carry it: those that were read when it was signed, and those that are read now."""
    kind = json.loads(sought.item_key or "")[2]
    if place is None and kind in PLACES:
        return [PLACES[kind]]
    return carriers(scene, sought.review_id, kind)


def carriers(scene: Scene, review_id: int, kind: str) -> list[str]:
    """The sources that can carry access to such a place: those that a review rests on, and those that are read now."""
    then, readings = scene.signed[review_id].sources, scene.landscape.readings
    return [
        name for name in CARRIERS[kind] if name in then or (name in readings and readings[name].run_id is not None)
    ]  # fmt: skip


def is_later(scene: Scene, name: str, since: datetime) -> bool:
    """Whether the data of a source comes from a run that began after the work had time to show."""
    found = scene.landscape.readings.get(name)
    if found is None or found.run_id is None:
        return False
    return scene.started[found.run_id] > since and scene.whole.get(name, scene.started[found.run_id]) > since


def is_lost(scene: Scene, name: str, since: datetime) -> bool:
    """Whether a source was tried after the work and brought nothing, or is not there any more."""
    found = scene.landscape.readings.get(name)
    if found is None or found.run_id is None:
        return True
    return found.state != "FULL" and name in scene.tried and scene.tried[name] > since


def blind(names: Sequence[str]) -> list[dict[str, str]]:
    """What was not read, as the reason why something is not known."""
    return [{"why": "not_read", "source": name} for name in names]


def without_place(scene: Scene, sought: Sought, runs: tuple[int, ...]) -> Look:
    """A place that is not there any more; of an application without an export nothing is known."""
    _kind, _key, kind, key = json.loads(sought.item_key or "")
    if kind == "application":
        return Look("UNKNOWN", blind([EXPORTS]), runs)
    if kind == "app" and key in scene.landscape.names and scene.landscape.gap("application-consents", key):
        return Look("UNKNOWN", blind(["application-consents"]), runs)
    is_deleted = kind in PLACES or (kind == "app" and key not in scene.landscape.names)
    return Look("GONE", [{"why": "place_gone"}] if is_deleted else [], runs)


def in_place(scene: Scene, sought: Sought, place: Resource, names: Sequence[str], runs: tuple[int, ...]) -> Look:
    """What is left of one access in a place that is there."""
    found, own = scene.guide.reach(place), json.loads(sought.item_key or "")[:2]
    mine = [one for one in found if [one.principal.kind, one.principal.id] == own]
    left = [asdict(path) for one in mine for path in one.paths]
    result = result_of(mine, sought.goal)
    if result not in DONE:
        return Look(result, left, runs)
    dark = sorted(dark_in(scene, sought.review_id, place, names, sought.item_key))
    if dark:
        return Look("UNKNOWN", blind(dark), runs)
    if is_old_export(sought, place) or has_login(scene, sought, place):
        return Look("UNKNOWN", [{"why": "other_name"}], runs)
    return Look(result, left, runs)


def is_read(scene: Scene, review_id: int, place: Resource) -> bool:
    """Whether a place was read in full: all that a review of it rests on, and nothing is dark that was not then."""
    names = carriers(scene, review_id, place.kind)
    readings = [scene.landscape.readings.get(name) for name in names]
    if any(one is None or one.state == "FAILED" or (one.connector in LISTS and not one.whole) for one in readings):
        return False
    return not dark_in(scene, review_id, place, names)


def dark_in(scene: Scene, review_id: int, place: Resource, names: Sequence[str], own: str | None = None) -> set[str]:
    """The sources that did not tell all of a place, where that counts; `own` is the item that is looked for."""
    corners = dark_corners(scene, review_id, scene.guide.reach(place), names, own)
    return {*corners, *dark_site(scene.landscape, place, names)}


def dark_corners(
    scene: Scene, review_id: int, found: Sequence[Access], names: Sequence[str], own: str | None
) -> Iterator[str]:
    """The sources of what was not read of a place, where that counts: it is read otherwise, or nobody signed for it."""
    for one in found:
        source = dark_source(one.principal)
        is_own = key_of(one) == own
        if source and not is_own and (
            (source in names and one.principal.reason) or key_of(one) not in scene.signed[review_id].dark
        ):  # fmt: skip
            yield source


def dark_source(principal: Principal) -> str:
    """The source that would have told who stands behind somebody unknown; empty for whoever is known."""
    return principal.scope if principal.kind == "part" else DARK.get(principal.kind, "")


def dark_site(landscape: Landscape, place: Resource, names: Collection[str]) -> Iterator[str]:
    """The rights on the site itself, which stand nowhere as something unknown."""
    if place.kind == "site":
        yield from (name for name in BY_SITE if name in names and landscape.gap(name, place.id))


def is_old_export(sought: Sought, place: Resource) -> bool:
    """Whether the list of an application is of before the work: a later run may have read the same file again."""
    if place.kind != "application":
        return False
    return place.as_of is None or place.as_of <= sought.since.date()


def has_login(scene: Scene, sought: Sought, place: Resource) -> bool:
    """Whether somebody without an account has the login name, or the very right, of whoever lost it.

    An account that was renamed or deleted leaves its rights in SharePoint, under the name that it had.
    """
    person = (json.loads(sought.item.principal or "{}").get("person") or {}) if sought.item.principal else {}
    edges = [edge for path in json.loads(sought.item.paths or "[]") for edge in path["edges"] if edge["key"]]
    keys, upn = {edge["key"] for edge in edges}, str(person.get("upn") or "").lower()
    strangers = [one for one in scene.landscape.entries.get((place.kind, place.id), ()) if one.holder.kind == "other"]
    groups = [some for key, some in scene.landscape.site_members.items() if key.startswith(f"{place.id}/")]
    inside = [one for some in groups for one in some if one.kind == "other"]
    logins = {one.id for one in (*inside, *(entry.holder for entry in strangers))}
    named = bool(upn) and any(one.endswith(f"|{upn}") for one in logins)
    return named or any(entry.key in keys for entry in strangers if entry.key)


def result_of(mine: Sequence[Access], goal: str) -> str:
    """GONE without any right, REDUCED when no more is left than may remain, else PRESENT."""
    rights = [one.right for one in mine]
    if not rights:
        return "GONE"
    allowed = RIGHTS.index(goal) if goal in RIGHTS else -1
    is_lower = all(one is not None and RIGHTS.index(one) <= allowed for one in rights)
    return "REDUCED" if is_lower else "PRESENT"


# ---------------------------------------------------------------- writing


def observe(session: Session, bureau: Bureau, scene: Scene, task: Task) -> Observation | None:
    """Write down what the last runs show of one task; None when they show nothing new."""
    found = seen(scene, sought_of(task))
    if found is None or not is_news(task, found):
        return None
    run = max(found.runs, default=None)
    key = {"tenant_id": bureau.store.tenant, "remediation_id": task.row.remediation_id, "seq": len(task.seen) + 1}
    row = Observation(**key, run_id=run, result=found.result, paths=canonical(list(found.left)), at=bureau.now)
    session.add(row)
    session.flush()
    said = {"result": row.result, "run": run, "paths": sha256(row.paths or "")}
    write_down(session, bureau.store, task.row.remediation_id, "see", said, bureau.now)
    if found.result == "PRESENT" and task.known and task.known[-1].result in DONE:
        before, due_at = task.row, term(session, bureau)
        follows = before.remediation_id
        make(session, bureau, scene.guide, task.item, before.decision_seq, before.goal, due_at, follows, before.source)
    return row


def is_news(task: Task, found: Look) -> bool:
    """Whether it says more than what was seen before.

    Gone for a second time counts only when every source was read again since the first; the same as before is written
    once after each report, so that the tables do not grow with every run.
    """
    if not task.seen:
        return True
    last, known = task.seen[-1], task.known
    if found.result in DONE and known and known[-1].result in DONE:
        is_fresh = min(found.runs, default=0) > (known[-1].run_id or 0)
        return is_fresh and task.state != "LASTING"
    if found.result != last.result:
        return True
    return task.reported_at is not None and last.at <= task.reported_at
