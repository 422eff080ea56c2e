"""Remote sessions that nobody agreed to, and those to which somebody just did."""

from datetime import timedelta

from ibpmon.demo.board import rmm
from ibpmon.demo.board.nouns import Agreement, Board, Json

RULE = "remote-session-without-consent"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# who agreed (variant, why; without a variant it is a decoy): from when to when, seen from the session
STORIES: tuple[tuple[str, str, tuple[timedelta, timedelta | None] | None], ...] = (
    ("never asked", "nobody agreed", None),
    ("just over", "the agreement ended that very minute", (-60 * MINUTE, 0 * MINUTE)),
    ("agreed afterwards", "the agreement begins a minute later", (MINUTE, 90 * MINUTE)),
    ("exactly a day", "an agreement without an end, a day ago to the second", (-DAY, None)),
    ("", "an agreement that begins that very minute", (0 * MINUTE, 30 * MINUTE)),
    ("", "an agreement with one more minute", (-60 * MINUTE, MINUTE)),
    ("", "an agreement without an end, nearly a day ago", (-DAY + MINUTE, None)),
)


def plant_sessions(board: Board) -> None:
    """Each story on a device of its own; and a job on a device, on which nobody looks along."""
    with board.chance("remote sessions"):
        for turn in range(board.scale.rounds):
            free = unused(board)
            for number, (variant, why, span) in enumerate(STORIES):
                tell(board, free.pop(0), turn, by_name=number % 2 == 0, told=(variant, why), span=span)
            elsewhere(board, free.pop(0), free.pop(0), turn)
            job(board, free.pop(0), turn)


def unused(board: Board) -> list[Json]:
    """Devices of the staff on which nobody looked along, in an order of chance."""
    used = {row["hostname"] for row in board.rmm_activities}
    free = [row for row in rmm.of_staff(board) if row["hostname"] not in used]
    return board.rng.sample(free, len(free))


def look(board: Board, device: Json, turn: int) -> Json:
    """Somebody of ICT looks along, at a whole minute."""
    at = board.moment(board.school_day(1 + turn), f"{9 + turn:02d}:{board.rng.randint(10, 49)}")
    row = rmm.session_on(board, device, at)
    rmm.note(board, row)
    return row


def agreed(board: Board, device: Json, row: Json, span: tuple[timedelta, timedelta | None], *, by_name: bool) -> None:
    """The user of a device agreed, seen from the moment of the session."""
    managed = rmm.managed_of(board, str(device["hostname"]))
    at = rmm.moment_of(row)
    key = str(device["hostname"]) if by_name else str(managed["serialNumber"])
    number = str(rmm.user_of(board, managed).account["employeeId"])
    board.agreements.append(Agreement(number, key, at + span[0], at + span[1] if span[1] is not None else None))


def tell(
    board: Board,
    device: Json,
    turn: int,
    *,
    by_name: bool,
    told: tuple[str, str],
    span: tuple[timedelta, timedelta | None] | None,
) -> None:
    """A session with its agreement."""
    row = look(board, device, turn)
    if span:
        agreed(board, device, row, span, by_name=by_name)
    if told[0]:
        board.plant(RULE, str(device["hostname"]), *told)
    else:
        board.decoy(RULE, str(device["hostname"]), told[1])


def elsewhere(board: Board, one: Json, other: Json, turn: int) -> None:
    """The agreement is about the device of a colleague, whose own session is in order."""
    agreed(board, other, look(board, one, turn), (-60 * MINUTE, 60 * MINUTE), by_name=False)
    agreed(board, other, look(board, other, turn), (-MINUTE, 60 * MINUTE), by_name=False)
    board.plant(RULE, str(one["hostname"]), "another device", "the agreement is about the device of a colleague")
    board.decoy(RULE, str(other["hostname"]), "agreed twice")


def job(board: Board, device: Json, turn: int) -> None:
    """A script ran on a device: nobody looked along."""
    look(board, device, turn).update(category="job", action="deployment")
    board.decoy(RULE, str(device["hostname"]), "a script, with nobody looking along")
