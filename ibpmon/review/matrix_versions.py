"""The versions of the autorisatiematrix as they are kept: each follows on the one before, and one of them counts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from ibpmon.errors import RefusedError
from ibpmon.language import N_
from ibpmon.review.matrix import Content, Matrix
from ibpmon.review.merkle import canonical, sha256
from ibpmon.store.database import Store
from ibpmon.store.review_tables import MatrixApproval, MatrixVersion
from ibpmon.store.tables import micros

# What a file says about its own approval is no part of a version: the approvals say it.
HEADER = {"version", "approved_by", "approved_on"}


@dataclass(frozen=True, slots=True)
class Stand:
    """One version, who approved it, and the processes that did not yet, those that it drops included."""

    row: MatrixVersion
    done: Mapping[str, MatrixApproval]  # by the key of the process
    left: Sequence[str]


def versions(session: Session, store: Store) -> Sequence[MatrixVersion]:
    """All versions of this board, the oldest first."""
    mine = select(MatrixVersion).where(col(MatrixVersion.tenant_id) == store.tenant)
    return session.scalars(mine.order_by(col(MatrixVersion.version))).all()


def version_of(session: Session, store: Store, number: int) -> MatrixVersion:
    """One version; refused when it is not there."""
    found = session.get(MatrixVersion, (store.tenant, number))
    if found is None:
        raise RefusedError(
            N_("there is no version {number} of the autorisatiematrix"),
            why=N_("a version is there once somebody proposed it"),
            fix=N_("'ibpmon matrix list' shows the versions"),
            number=number,
        )
    return found


def stands(session: Session, store: Store) -> list[Stand]:
    """How every version stands, the oldest first: what one still needs depends on the one that counted before it."""
    done = approvals(session, store)
    there: MatrixVersion | None = None
    found = []
    for row in versions(session, store):
        wanted = dict.fromkeys([*keys(row), *(keys(there) if there else ())])
        mine = done.get(row.version, {})
        found.append(Stand(row, mine, [key for key in wanted if key not in mine]))
        there = there if found[-1].left else row
    return found


def approvals(session: Session, store: Store) -> dict[int, dict[str, MatrixApproval]]:
    """Who approved what: by version, and by the key of the process."""
    mine = select(MatrixApproval).where(col(MatrixApproval.tenant_id) == store.tenant)
    found: dict[int, dict[str, MatrixApproval]] = {}
    for one in session.scalars(mine.order_by(col(MatrixApproval.at))):
        found.setdefault(one.version, {})[one.process] = one
    return found


def in_force(known: Sequence[Stand]) -> Stand | None:
    """The newest of these versions that everybody approved; None when there is none."""
    return next((one for one in reversed(known) if not one.left), None)


def keys(row: MatrixVersion) -> list[str]:
    """The processes in a version."""
    return [one["key"] for one in json.loads(row.content)["processes"]]


def approved_matrix(session: Session, store: Store) -> Matrix | None:
    """The matrix that counts, with the names of who approved it; None when no version was approved by all."""
    there = in_force(stands(session, store))
    if there is None:
        return None
    names = ", ".join(dict.fromkeys(one.by for one in there.done.values()))
    last = max(one.at for one in there.done.values())
    return Matrix(content_of(there.row, names, last), there.row.hash)


def content_of(row: MatrixVersion, approved_by: str = "-", at: datetime | None = None) -> Content:
    """The rules of a version; refused when they are not the ones that were proposed."""
    if row.hash != seal(row.version, row.content, row.source, row.proposed_by, row.proposed_at, row.prev_hash):
        raise RefusedError(
            N_("version {number} of the autorisatiematrix cannot be used"),
            why=N_("it was changed past ibpmon"),
            fix=N_("find out who changed the database, then propose the right matrix again"),
            number=row.version,
        )
    header = {"version": str(row.version), "approved_by": approved_by, "approved_on": (at or row.proposed_at).date()}
    return Content.model_validate({**json.loads(row.content), **header})


def kept_text(content: Content) -> str:
    """The processes, roles and rules as one and the same text."""
    kept: dict[str, Any] = content.model_dump(mode="json", exclude=HEADER)
    return canonical(kept)


def seal(number: int, content: str, source: str, by: str, at: datetime, before: str) -> str:
    """The hash of a version, over all that it says and the version before it."""
    return sha256(canonical([number, content, source, by, micros(at), before]))
