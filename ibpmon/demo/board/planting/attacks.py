"""Somebody in two places at once, right on the distance and the speed of the rule; and travellers right beside it."""

import itertools
from datetime import datetime, timedelta

from ibpmon.demo.board.activity import WRONG_PASSWORD, record
from ibpmon.demo.board.applications import principal
from ibpmon.demo.board.audits import Changes, write
from ibpmon.demo.board.nouns import Board, Person
from ibpmon.demo.board.planting.acts import keeper
from ibpmon.demo.board.planting.misuse import FOREIGN
from ibpmon.demo.board.planting.stories import crowd, extra, success, victim

TRAVEL, NETWORK, BLINDED = "impossible-travel", "password-spray-from-network", "log-right-taken-away"
TAKEN = "Remove app role assignment from service principal"
VPN = "198.51.120"  # its addresses stand on the list of the board


def plant_attacks(board: Board) -> None:
    """Each story with its look-alikes, each round on other days."""
    with board.chance("attacks"):
        for turn in range(board.scale.rounds):
            plant_travel(board, turn)
            decoy_travel(board, turn)
            plant_networks(board, turn)
            decoy_networks(board, turn)


def plant_travel(board: Board, turn: int) -> None:
    """Within the hour in Lisbon; right on 500 kilometres and 800 an hour; at home again before anybody can be."""
    addresses = (f"192.0.2.{100 + 10 * turn + number}" for number in itertools.count())
    rows = (
        ("within the hour", "at home, and half an hour later in Lisbon", "lisbon", 1800, ""),
        ("right on the numbers", "500 kilometres in 37 and a half minutes", "500 km", 2251, ""),
        ("there and back", "in Lisbon for ten minutes", "lisbon", 4 * 3600, "home"),
    )
    for number, (variant, why, scene, seconds, back) in enumerate(rows):
        who = victim(board, "pupil", TRAVEL, variant, why)
        travel(board, who, 2 + turn * 7 + number, scene, seconds, next(addresses))
        if back:
            success(board, board.sign_ins[-1].at + timedelta(minutes=10), who.id, who.home, back)


def decoy_travel(board: Board, turn: int) -> None:
    """One kilometre too near, a second too slow, a plane, the VPN of the board, and a place that nobody knows."""
    addresses = (f"192.0.2.{105 + 10 * turn + number}" for number in itertools.count())
    rows = (
        ("a kilometre too near", "499 km", 60, ""),
        ("just slow enough", "500 km", 2253, ""),
        ("in a plane", "lisbon", 3 * 3600, ""),
        ("the VPN of the board", "lisbon", 300, f"{VPN}.{10 + turn}"),
        ("a place that is not known", "abroad", 300, ""),
    )
    for number, (why, scene, seconds, through) in enumerate(rows):
        who = extra(board, "pupil", TRAVEL, why)
        travel(board, who, 2 + (turn * 7 + number) % (board.scale.days - 3), scene, seconds, through or next(addresses))


def travel(board: Board, who: Person, days: int, scene: str, seconds: int, address: str) -> None:
    """One sign-in at home and one from elsewhere, and no others: these would be before or after by chance."""
    who.quiet = True
    begin = board.moment(days, "13:05")
    success(board, begin, who.id, who.home, "home")
    success(board, begin + timedelta(seconds=seconds), who.id, address, scene)
    board.plant(FOREIGN, who.id, "far away", "signed in from another country")


# ---------------------------------------------------------------- a whole network


def plant_networks(board: Board, turn: int) -> None:
    """Right on eight accounts; over the edge of an hour; and many, by night."""
    rows = (
        ("exactly eight", "eight accounts over four addresses in 59 minutes", "15:00:30", 8, 4, 3540),
        ("over the edge of an hour", "nine accounts over three addresses", "16:40", 9, 3, 2400),
        ("by night", "fourteen accounts, an address for each two", "01:30", 14, 7, 1800),
    )
    for number, (variant, why, clock, accounts, addresses, seconds) in enumerate(rows):
        board.plant(NETWORK, f"198.51.{130 + 8 * turn + number}.0/24", variant, why)
        from_network(board, 130 + 8 * turn + number, board.moment(1 + turn * 7, clock), accounts, addresses, seconds)


def decoy_networks(board: Board, turn: int) -> None:
    """Seven; eight in more than an hour; and a house, where one address has it all."""
    rows = (
        ("seven accounts over four addresses", "15:30", 7, 4, 3000),
        ("eight accounts in more than an hour", "17:10", 8, 4, 3700),
        ("a house: one address, six accounts", "19:15", 6, 1, 900),
    )
    for number, (why, clock, accounts, addresses, seconds) in enumerate(rows, 4):
        board.decoy(NETWORK, f"198.51.{130 + 8 * turn + number}.0/24", why)
        from_network(board, 130 + 8 * turn + number, board.moment(2 + turn * 7, clock), accounts, addresses, seconds)


def from_network(board: Board, third: int, begin: datetime, accounts: int, addresses: int, seconds: int) -> None:
    """One try on each account, evenly over so many addresses and seconds."""
    for step, who in enumerate(crowd(board, accounts)):
        at = begin + timedelta(seconds=step * seconds // (accounts - 1))
        record(board, at, who.id, f"198.51.{third}.{step % addresses + 9}", WRONG_PASSWORD, "abroad")


# ---------------------------------------------------------------- the log itself


def plant_blinding(board: Board) -> None:
    """An app that may read the log no more; another right, and one that was refused. When there is a log of acts."""
    rows = (
        ("Reservekopie cloud", "AuditLog.Read.All", False, "may read the log no more"),
        ("Roosterkoppeling", "Group.Read.All", False, "another right was taken away"),
        ("Ouderportaal", "AuditLog.Read.All", True, "it was refused"),
    )
    for number, (name, right, failed, why) in enumerate(rows):
        app = principal(board, name)
        told: Changes = {"AppRole.Value": (right, None)}
        at = board.moment(3, f"1{number}:25")
        write(board, TAKEN, keeper(board), app, at, changes=told, failed=failed)
        if number:
            board.decoy(BLINDED, app["id"], why)
        else:
            board.plant(BLINDED, app["id"], "taken away", why)
