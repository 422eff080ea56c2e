"""The versions of the autorisatiematrix as they are kept: each follows on the one before, and one of them counts."""

import json
from collections.abc import Sequence
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


def approvals(session: Session, store: Store, number: int) -> dict[str, MatrixApproval]:
    """Who approved a version, by the key of the process."""
    mine = (col(MatrixApproval.tenant_id) == store.tenant, col(MatrixApproval.version) == number)
    found = session.scalars(select(MatrixApproval).where(*mine).order_by(col(MatrixApproval.at)))
    return {one.process: one for one in found}


def waiting(session: Session, store: Store, row: MatrixVersion) -> list[str]:
    """The processes of a version that nobody approved yet, those that it drops included."""
    return lacking(session, store, row, in_force(session, store, row.version))


def in_force(session: Session, store: Store, before: int | None = None) -> MatrixVersion | None:
    """The newest version that everybody approved, of all or of those `before` one; None when there is none."""
    there = None
    for row in versions(session, store):
        if (before is None or row.version < before) and not lacking(session, store, row, there):
            there = row
    return there


def lacking(session: Session, store: Store, row: MatrixVersion, there: MatrixVersion | None) -> list[str]:
    """The processes that did not approve a version which follows on the one that counts."""
    done = approvals(session, store, row.version)
    wanted = dict.fromkeys([*keys(row), *(keys(there) if there else ())])
    return [key for key in wanted if key not in done]


def keys(row: MatrixVersion) -> list[str]:
    """The processes in a version."""
    return [one["key"] for one in json.loads(row.content)["processes"]]


def approved_matrix(session: Session, store: Store) -> Matrix | None:
    """The matrix that counts, with the names of who approved it; None when no version was approved by all."""
    row = in_force(session, store)
    if row is None:
        return None
    done = list(approvals(session, store, row.version).values())
    names = ", ".join(dict.fromkeys(one.by for one in done))
    last = max(one.at for one in done)
    return Matrix(content_of(row, names, last), row.hash)


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
