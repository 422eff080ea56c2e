"""Somebody who was in two places at once, and apps that may look no more."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from math import acos, cos, radians, sin
from typing import NamedTuple

from ibpmon.demo.board.nouns import Board, SignIn
from ibpmon.demo.board.planting.attacks import TAKEN, VPN
from ibpmon.demo.board.rendering import location
from ibpmon.demo.board.truth.acts import property_of
from ibpmon.demo.board.truth.facts import Finding
from ibpmon.demo.board.truth.sign_ins import HOUR, failures

EARTH = 6371.0


class Visit(NamedTuple):
    """A success of which the place is known."""

    row: SignIn
    country: str
    north: float
    east: float


def find_travel(board: Board) -> Iterator[Finding]:
    """Accounts with two successes after each other, 500 kilometres apart and faster than 800 an hour; no VPN."""
    seen: dict[str, list[Visit]] = defaultdict(list)
    for row in board.sign_ins:
        place = location(row.scene, row.app)
        spot = place["geoCoordinates"] if place else {}
        if row.code == 0 and place and spot:
            seen[row.account].append(Visit(row, place["countryOrRegion"], spot["latitude"], spot["longitude"]))
    for account, visits in seen.items():
        for first, then in pairwise(sorted(visits, key=lambda one: one.row.at)):
            hours = (then.row.at - first.row.at).total_seconds() / 3600
            through_vpn = any(one.row.address.startswith(f"{VPN}.") for one in (first, then))
            if not through_vpn and apart(first, then) >= 500 and apart(first, then) >= 800 * hours:
                yield "impossible-travel", account, " - ".join(sorted((first.country, then.country)))


def apart(one: Visit, other: Visit) -> float:
    """The kilometres between two places, by the angle between them."""
    up, down = radians(one.north), radians(other.north)
    angle = sin(up) * sin(down) + cos(up) * cos(down) * cos(radians(one.east - other.east))
    return EARTH * acos(min(1.0, angle))


def find_networks(board: Board) -> Iterator[Finding]:
    """Networks of 256 addresses outside the schools that failed on eight accounts in an hour, from two addresses."""
    inside = {school.address for school in board.schools}
    tries: dict[str, list[SignIn]] = defaultdict(list)
    for row in failures(board):
        if row.address not in inside and ":" not in row.address:
            tries[row.address.rpartition(".")[0]].append(row)
    for network, rows in tries.items():
        hours = ([row for row in rows if first.at <= row.at <= first.at + HOUR] for first in rows)
        if any(len({row.account for row in hour}) >= 8 and len({row.address for row in hour}) >= 2 for hour in hours):
            yield "password-spray-from-network", f"{network}.0/24", ""


def find_blinded(board: Board) -> Iterator[Finding]:
    """Apps that lost the right to read a log."""
    for row in board.audits:
        if row["activityDisplayName"] == TAKEN and row["result"] == "success":
            for target in row["targetResources"]:
                if property_of(target, "AppRole.Value") in ("AuditLog.Read.All", "AuditLogsQuery.Read.All"):
                    yield "log-right-taken-away", target["id"], row["id"]


FINDERS = (find_travel, find_networks, find_blinded)
