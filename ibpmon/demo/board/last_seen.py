"""When each account last came in: as the logs tell it, and from before the logs for who was not there lately."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ibpmon.demo.board.nouns import Board, Json, Person, SignIn, guid, stamp

NEVER = "0001-01-01T00:00:00Z"
TYPED, SILENT, GOOD = "lastSignIn", "lastNonInteractiveSignIn", "lastSuccessfulSignIn"


def build(board: Board, rng: random.Random) -> None:
    """An object for each account that ever came in, oddities of old accounts included."""
    refresh(board)
    absent = [person for person in board.people if person.id not in board.sign_in_activity]
    for number, person in enumerate(absent):
        moment = earlier(board, rng, person)
        if moment:
            ordinary = person.population in QUIET and bool(person.account["accountEnabled"])
            board.sign_in_activity[person.id] = old(rng, moment, 0 if ordinary else number)


def refresh(board: Board) -> None:
    """Bring the accounts up to date that are in the logs; the others stay as they are."""
    newest = newest_rows(board.sign_ins, board.other_sign_ins)
    for person in board.people:
        seen = newest.get(person.id)
        if seen:
            known = board.sign_in_activity.get(person.id, {})
            board.sign_in_activity[person.id] = {**known, **told(seen, known)}


def newest_rows(*logs: Iterable[SignIn]) -> dict[str, dict[str, SignIn]]:
    """Per account the newest sign-in of each sort; the first counts failures, the last does not."""
    newest: dict[str, dict[str, SignIn]] = {}
    for log in logs:
        for row in log:
            seen = newest.setdefault(row.account, {})
            seen.setdefault(TYPED if row.kind == "interactiveUser" else SILENT, row)
            if row.code == 0 and (GOOD not in seen or seen[GOOD].at < row.at):
                seen[GOOD] = row
    return newest


def told(seen: dict[str, SignIn], known: Json) -> Json:
    """The object of one account; what never happened is a moment in the year 1, an empty text, or null."""
    result: Json = {}
    for sort, nothing in ((TYPED, NEVER), (SILENT, NEVER), (GOOD, None)):
        row = seen.get(sort)
        if row or f"{sort}DateTime" not in known:
            result |= pair(sort, stamp(row.at) if row else nothing, row.id if row else nothing and "")
    return result


# how long before the log an ordinary account of this kind may have been there last; longer is a story of its own
QUIET = {"guest": 50, "staff": 10}


def earlier(board: Board, rng: random.Random, person: Person) -> datetime | None:
    """A moment before the log begins, while the account existed and its owner still worked here; None: never."""
    begin = board.now - timedelta(days=board.scale.days + 1)
    ends = [contract.end for contract in person.contracts]
    if ends and None not in ends:
        # midday of the last day: nobody signs in after leaving without a story about it
        last = max(end for end in ends if end)
        begin = min(begin, datetime(last.year, last.month, last.day, 11, tzinfo=begin.tzinfo))
    moment = begin - timedelta(days=rng.uniform(0, QUIET.get(person.population, 70)))
    created = person.account["createdDateTime"]
    too_early = bool(created) and stamp(moment) < str(created)
    unused = person.population == "unknown" or (person.population == "pupil" and rng.random() < 0.1)
    return None if too_early or unused else moment


def old(rng: random.Random, moment: datetime, number: int) -> Json:
    """Before December 2023 nobody noted successes: such an account has no success, or not even the key for it."""
    result = {**pair(TYPED, stamp(moment), guid(rng)), **pair(SILENT, NEVER, "")}
    if number % 12 == 7:
        return result | pair(TYPED, "2023-06-30T12:00:01Z", guid(rng)) | pair(GOOD, None, None)
    if number % 12 == 3:
        return result | pair(TYPED, "2023-01-09T08:00:00Z", guid(rng))
    return result | pair(GOOD, stamp(moment), guid(rng))


def pair(sort: str, moment: Any, request: Any) -> Json:
    """The moment and the request of one sort."""
    return {f"{sort}DateTime": moment, f"{sort}RequestId": request}
