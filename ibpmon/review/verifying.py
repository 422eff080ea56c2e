"""Whether what was to be taken away is gone: only a later run that was read in full can say so, and nobody else."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlmodel import Session

from ibpmon.review.access import look, reach
from ibpmon.review.bureau import Bureau, board_of
from ibpmon.review.merkle import canonical
from ibpmon.review.nouns import RIGHTS, Access, Landscape
from ibpmon.review.readings import Reading
from ibpmon.review.remedies import DONE, Task, make, tasks, the_task, write_down
from ibpmon.store.review_tables import AccessReview, Observation
from ibpmon.store.tables import Run

PROPAGATION = timedelta(hours=1)  # Microsoft shows a change only after a while


def verify(bureau: Bureau) -> list[Observation]:
    """Look at every task that was not followed by another; all that was seen is written in one transaction."""
    with bureau.store.write() as session:
        waiting = [one for one in tasks(session, bureau.store) if not one.returned]
        if not waiting:
            return []
        landscape = look(session, bureau.store, bureau.now, board_of(bureau.config))
        numbers = [one.row.remediation_id for one in waiting]
        locked = [the_task(session, bureau.store, number) for number in numbers]
        return [found for task in locked if (found := observe(session, bureau, landscape, task)) is not None]


def observe(session: Session, bureau: Bureau, landscape: Landscape, task: Task) -> Observation | None:
    """Write down what the last runs show of one task; None when they show nothing new."""
    run_id = max((one.run_id for one in landscape.readings.values() if one.run_id is not None), default=None)
    result, left = seen(session, bureau, landscape, task)
    if not result or (task.seen and task.seen[-1].run_id == run_id):
        return None
    key = {"tenant_id": bureau.store.tenant, "remediation_id": task.row.remediation_id, "seq": len(task.seen) + 1}
    found = Observation(**key, run_id=run_id, result=result, paths=left, at=bureau.now)
    session.add(found)
    session.flush()
    write_down(session, bureau.store, task.row.remediation_id, "see", {"result": result, "run": run_id}, bureau.now)
    known = [one.result for one in task.seen if one.result != "UNKNOWN"]
    if result == "PRESENT" and known and known[-1] in DONE:
        make(session, bureau, task.item, task.row.decision_seq, task.row.goal, task.row.remediation_id)
    session.expunge(found)
    return found


def seen(session: Session, bureau: Bureau, landscape: Landscape, task: Task) -> tuple[str, str]:
    """What there is now and the paths that are left; an empty result as long as no later run was made."""
    readings = list(needed(session, bureau, landscape, task))
    if not all(is_full(one) for one in readings):
        return "UNKNOWN", "[]"
    since = (task.reported_at or task.row.made_at) + PROPAGATION
    if not readings or not all(is_later(session, bureau, one, since) for one in readings):
        return "", "[]"
    return compared(landscape, task)


def needed(session: Session, bureau: Bureau, landscape: Landscape, task: Task) -> Iterator[Reading]:
    """The sources that were read when it was decided, and those that are read now."""
    review = session.get_one(AccessReview, (bureau.store.tenant, task.row.review_id))
    then = json.loads(review.coverage)["sources"]
    for name, one in landscape.readings.items():
        if one.run_id is not None or then.get(name, {}).get("run") is not None:
            yield one


def is_full(reading: Reading) -> bool:
    """Whether the newest attempt was read to its end, every resource of it."""
    covered = (reading.covered or {}).values()
    return reading.whole and reading.state == "FULL" and all(state == "FULL" for state, _why in covered)


def is_later(session: Session, bureau: Bureau, reading: Reading, since: datetime) -> bool:
    """Whether a run began after the work, and after the time that a change needs to show."""
    run = session.get_one(Run, (bureau.store.tenant, reading.run_id))
    return run.started_at > since


def compared(landscape: Landscape, task: Task) -> tuple[str, str]:
    """What is left of one access in a landscape that was read in full."""
    if not task.row.item_key or not task.item.right:
        return "UNKNOWN", "[]"
    kind, key, place_kind, place = json.loads(task.row.item_key)
    resource = next((one for one in landscape.resources if (one.kind, one.id) == (place_kind, place)), None)
    found = reach(landscape, resource) if resource else []
    if not found or any(one.right is None or one.principal.reason for one in found):
        return "UNKNOWN", "[]"  # also a place that nobody at all reaches: that is more likely not seen than empty
    mine = [one for one in found if (one.principal.kind, one.principal.id) == (kind, key)]
    return result_of(mine, task.row.goal), canonical([asdict(path) for one in mine for path in one.paths])


def result_of(mine: list[Access], goal: str) -> str:
    """GONE without any right, REDUCED when no more is left than may remain, else PRESENT."""
    rights = [one.right for one in mine if one.right]
    if not rights:
        return "GONE"
    allowed = RIGHTS.index(goal) if goal in RIGHTS else -1
    return "REDUCED" if all(RIGHTS.index(one) <= allowed for one in rights) else "PRESENT"
