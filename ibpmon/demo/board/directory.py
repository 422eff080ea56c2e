"""Everything of the tenant that is no account, place or file: the directory, its settings and what was logged about it.

Each part has a chance of its own: a change in one part leaves the others, and the people and places, as they were.
"""

import random

from ibpmon.demo.board import (
    applications,
    audits,
    background,
    consents,
    entra_devices,
    last_seen,
    owners,
    policies,
    risks,
    roles,
    tenant,
    units,
)
from ibpmon.demo.board.nouns import Board

PARTS = (applications, consents, owners, entra_devices, units, roles, tenant, policies, background, last_seen, risks)


def build(board: Board) -> None:
    """Fill the directory of a board that has its people, places, managed devices and sign-ins.

    1. what exists: apps and their rights, owners, devices, units, roles, licences, policies
    2. what happened: sign-ins that nobody typed, when everyone was last seen, risks
    3. the audit log, which tells about all of the above
    """
    for part in (*PARTS, audits):
        name = part.__name__.rpartition(".")[2]
        part.build(board, random.Random(f"{board.size}/{board.seed}/directory/{name}"))
