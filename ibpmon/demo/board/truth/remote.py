"""Which remote sessions nobody had agreed to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.truth.facts import Finding


def find_not_agreed(board: Board) -> Iterator[Finding]:
    """Devices on which somebody looked along while no agreement on that device ran; without an end one is for a day."""
    serials = {row["serialNumber"]: row["deviceName"] for row in board.devices}
    spans = [
        (serials.get(one.device, one.device), one.given, one.until or one.given + timedelta(days=1))
        for one in board.agreements
    ]
    for row in board.rmm_activities:
        at = datetime.fromtimestamp(row["date"] / 1000, UTC)
        looked = row["category"] == "remote"
        if looked and not any(name == row["hostname"] and begin <= at < end for name, begin, end in spans):
            yield "remote-session-without-consent", row["hostname"], row["id"]


FINDERS = (find_not_agreed,)
