"""Propose a version of the autorisatiematrix, and approve it: only who answers for a process approves it.

Nothing that somebody decides in a review comes here: a rule changes only by a new version that its owners approve.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from ibpmon.config import MatrixFile
from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.review.bureau import Seat, deputy_of, owner_of
from ibpmon.review.matrix import Content, Process
from ibpmon.review.matrix_list import matrix_of
from ibpmon.review.matrix_toml import refuse_unfilled
from ibpmon.review.matrix_versions import Stand, content_of, in_force, kept_text, seal, stands, version_of, versions
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import MatrixApproval, MatrixVersion
from ibpmon.store.upsert import take

COUNTER = "matrix_version"


def read_proposal(file: MatrixFile, by: str, today: date) -> Content:
    """The matrix in a file; who approved it does not have to stand in there, since the owners still will."""
    if file.is_list:
        said = {
            "version": file.version or "-",
            "approved_by": file.approved_by or by,
            "approved_on": file.approved_on or today,
        }
        file = file.model_copy(update=said)
    content = matrix_of(file).content
    refuse_unfilled(content, file.path.name)
    return content


def newest(session: Session, store: Store) -> MatrixVersion | None:
    """The last version that was proposed."""
    return next(reversed(versions(session, store)), None)


def propose(session: Session, store: Store, content: Content, source: str, by: str, at: datetime) -> MatrixVersion:
    """Keep a matrix as the next version; it counts for nothing until its owners approved it."""
    number = take(session, store.tenant, COUNTER)  # whoever proposes at the same moment waits here
    last, text = newest(session, store), kept_text(content)
    refuse_empty(content)
    refuse_same(last, text)
    before = last.hash if last else ""
    row = MatrixVersion(
        tenant_id=store.tenant, version=number, content=text, source=source, proposed_by=by, proposed_at=at,
        prev_hash=before, hash=seal(number, text, source, by, at, before),
    )  # fmt: skip
    session.add(row)
    session.flush()
    said = {"by": by, "source": source, "hash": row.hash, "previous": before}
    ledger.append(session, store, [ledger.Act("matrix.propose", f"matrix/{number}", said)], at)
    return row


def refuse_empty(content: Content) -> None:
    """Without a process there is nobody to approve it, so it would count at once."""
    if not content.processes:
        raise RefusedError(
            N_("this matrix cannot be proposed"),
            why=N_("the autorisatiematrix names no process"),
            fix=N_("say in it who answers for what"),
        )


def refuse_same(last: MatrixVersion | None, text: str) -> None:
    """The same matrix again would only ask every owner again."""
    if last and last.content == text:
        raise RefusedError(
            N_("this matrix cannot be proposed"),
            why=N_("it says the same as version {number}"),
            fix=N_("let the owners approve that version with 'ibpmon matrix approve'"),
            number=last.version,
        )


def approve(
    session: Session, store: Store, number: int, key: str, by: str, at: datetime, bestuur: Seat | None = None
) -> MatrixApproval:
    """Write down that the owner or the deputy of a process approves a version.

    That is who answers for it in the version that counts now: nobody makes himself owner, or drops what is of another.
    The bestuur can always do it, for an owner who left would hold every later version up.
    """
    take(session, store.tenant, COUNTER, 0)  # locks: no two approve one process, and no older version comes after
    row = version_of(session, store, number)
    known = stands(session, store)
    there = in_force([one for one in known if one.row.version < number])
    before = content_of(there.row).processes if there else ()
    process = process_of([*before, *content_of(row).processes], key, number)
    refuse_old(known, number)
    refuse_again(known, number, process)
    seat = seat_of(process, by, bestuur or Seat())
    said = {"process": process.key, "owner": owner_of(process).key, "by": seat.key}
    found = MatrixApproval(tenant_id=store.tenant, version=number, **said, at=at)
    session.add(found)
    session.flush()
    ledger.append(session, store, [ledger.Act("matrix.approve", f"matrix/{number}", said | {"hash": row.hash})], at)
    return found


def process_of(processes: Sequence[Process], key: str, number: int) -> Process:
    """The first process with this key."""
    for one in processes:
        if one.key == key:
            return one
    raise RefusedError(
        N_("version {number} of the autorisatiematrix has no process {process}"),
        why=N_("an approval is about the rules of one process"),
        fix=N_("choose one of these: {known}"),
        number=number,
        process=key,
        known=", ".join(dict.fromkeys(one.key for one in processes)),
    )


def seat_of(process: Process, by: str, bestuur: Seat) -> Seat:
    """The owner or the deputy of a process, or the bestuur; anybody else is refused."""
    for seat in (owner_of(process), deputy_of(process), bestuur):
        if seat.is_called(by):
            return seat
    raise RefusedError(
        N_("{who} cannot approve the rules of {process}"),
        why=N_("only who answers for it, or stands in, can"),
        fix=N_("let {owner} approve them, or the bestuur ([mail.to] board in config.toml)"),
        who=by,
        process=process.name,
        owner=process.owner,
    )


def refuse_old(known: Sequence[Stand], number: int) -> None:
    """What was replaced by a newer matrix does not come back by an approval."""
    there = in_force(known)
    if there and there.row.version >= number:
        raise RefusedError(
            N_("version {number} of the autorisatiematrix cannot be approved any more"),
            why=N_("version {there} counts already"),
            fix=N_("propose the older rules again as a new version"),
            number=number,
            there=there.row.version,
        )


def refuse_again(known: Sequence[Stand], number: int, process: Process) -> None:
    """One approval per process."""
    done = next(one for one in known if one.row.version == number).done.get(process.key)
    if done:
        raise RefusedError(
            N_("{process} was approved already in version {number}"),
            why=N_("{who} did that"),
            fix=N_("'ibpmon matrix show {number}' tells who still has to"),
            process=process.name,
            number=number,
            who=done.by,
        )
