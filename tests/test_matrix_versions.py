"""Versions of the autorisatiematrix: proposed, approved by who answers for it, and only then the rule of a round."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, text

from ibpmon.config import MatrixFile
from ibpmon.errors import RefusedError
from ibpmon.operate.rounds import workplace
from ibpmon.report.documents import write_reviews
from ibpmon.review import rounds
from ibpmon.review.bureau import Bureau, Seat
from ibpmon.review.matrix_approving import approve, propose, read_proposal
from ibpmon.review.matrix_changes import changes
from ibpmon.review.matrix_versions import approved_matrix, content_of, in_force, stands, version_of
from ibpmon.review.owners import addresses_of
from ibpmon.store import ledger
from ibpmon.store.database import Store
from ibpmon.store.review_tables import AccessReview, MatrixApproval, MatrixVersion, ReviewMatrix
from ibpmon.store.tables import Entry
from tests.conftest import MONDAY, Answer
from tests.judging import ROOT
from tests.review_world import (
    ANNA,
    CHRIS,
    DEWI,
    EVA,
    MATRIX,
    about,
    all_decided,
    board,
    bureau_of,
    opened,
    say,
    sign,
    store,
)

WIDER = MATRIX.replace('functions = ["Intern begeleider"]', 'functions = ["Intern begeleider", "Leerkracht"]')
NARROW = MATRIX.replace('right = "write"', 'right = "read"')
TWO = MATRIX.replace('"Zorg", "Dossiers", "Nieuws"]', '"Zorg", "Dossiers"]').replace(
    "[[roles]]",
    '[[processes]]\nkey = "ict"\nname = "ICT"\nowner = "Eva"\nowner_upn = "eva@board.example"\n'
    'resources = ["Nieuws"]\n\n[[roles]]',
    1,
)

__all__ = ["store"]  # a fixture

pytestmark = pytest.mark.usefixtures("english")


def proposed(store: Store, folder: Path, matrix: str = MATRIX) -> int:
    """Propose this matrix on Monday; gives its number."""
    path = folder / "proposal.toml"
    path.write_text(matrix, encoding="utf-8")
    content = read_proposal(MatrixFile.model_validate({"path": path}), "chris", MONDAY.date())
    with store.write() as session:
        return propose(session, store, content, path.name, "chris", MONDAY).version


def approved(store: Store, number: int, by: str = ANNA, process: str = "zorg") -> None:
    """Approve a version for a process."""
    with store.write() as session:
        approve(session, store, number, process, by, MONDAY)


def codes(bureau: Bureau) -> dict[str, bool]:
    """What is said before a round, and whether it stops it."""
    return {one.code: one.stops for one in rounds.plan(bureau).warnings}


def acts(store: Store) -> list[str]:
    """The kinds of entries in the ledger, in order."""
    with store.read() as session:
        assert ledger.verify(session, store).wrong is None
        return list(session.scalars(select(Entry.kind).order_by(Entry.seq)))  # type: ignore[call-overload]  # columns


def test_without_versions_the_file_counts_and_that_is_said(store: Store, tmp_path: Path) -> None:
    """A board that never proposed anything goes on as before, and knows that nobody approved it."""
    bureau = bureau_of(store, tmp_path)
    assert codes(bureau)["no_version"] is False
    assert opened(bureau)


@pytest.mark.parametrize(
    ("was", "part"),
    [
        ('owner = "Anna"', "zorg"),
        ('approved_by = "Dewi"', "approved_by"),
        ('functions = ["Intern begeleider"]', "care"),
    ],
)
def test_a_file_that_is_not_filled_in_does_not_count(store: Store, tmp_path: Path, was: str, part: str) -> None:
    """A round would ask VUL IN, and what nobody laid down would be called the rule of the board."""
    assert was in MATRIX
    text = MATRIX.replace(was, was.split("=")[0] + ('= ["VUL IN"]' if "[" in was else '= "VUL IN"'), 1)
    with pytest.raises(RefusedError, match="is not filled in yet") as error:
        bureau_of(store, tmp_path, text=text)
    assert part in error.value.english()
    assert error.value.fix == "write there who or what it is; look for VUL IN in the file"


def test_a_proposal_stops_rounds_until_its_owners_approved_it(store: Store, tmp_path: Path) -> None:
    """From the first proposal on no round is opened with rules that nobody approved."""
    number = proposed(store, tmp_path)
    bureau = bureau_of(store, tmp_path)
    assert codes(bureau)["not_approved"] is True
    with pytest.raises(RefusedError, match="not approved yet for: zorg"):
        opened(bureau)
    approved(store, number)
    opened(bureau_of(store, tmp_path))
    assert acts(store)[:2] == ["matrix.propose", "matrix.approve"]


def test_a_round_freezes_the_version_and_not_the_file(store: Store, tmp_path: Path) -> None:
    """Whoever can write the file cannot change a rule that the owner approved."""
    approved(store, proposed(store, tmp_path))
    opened(bureau_of(store, tmp_path, text=WIDER))
    with store.read() as session:
        (kept,) = session.scalars(select(ReviewMatrix))
        (row,) = session.scalars(select(MatrixVersion))
        assert (kept.version, kept.source_hash) == ("1", row.hash)
        assert json.loads(kept.content)["approved_by"] == ANNA
        assert json.loads(kept.content)["roles"][0]["functions"] == ["Intern begeleider"]


def test_nobody_makes_himself_owner(store: Store, tmp_path: Path) -> None:
    """Who answers for a process in the version that counts approves its next owner; the bestuur can when he left."""
    approved(store, proposed(store, tmp_path))
    number = proposed(store, tmp_path, MATRIX.replace(ANNA, EVA))
    with pytest.raises(RefusedError, match="cannot approve the rules of"):
        approved(store, number, EVA)
    assert counting(store) == 1
    approved(store, number, ANNA)
    assert counting(store) == 2
    last = proposed(store, tmp_path, MATRIX)
    with store.write() as session:
        approve(session, store, last, "zorg", DEWI, MONDAY, Seat(DEWI, "bestuur", DEWI))
    assert counting(store) == 3


def test_a_process_is_dropped_only_by_who_answers_for_it(store: Store, tmp_path: Path) -> None:
    """Leaving a process out would leave its places without anybody who looks."""
    first = proposed(store, tmp_path, TWO)
    approved(store, first)
    approved(store, first, EVA, "ict")
    number = proposed(store, tmp_path, MATRIX)
    approved(store, number)
    assert counting(store) == first
    approved(store, number, EVA, "ict")
    assert counting(store) == number


def test_mails_and_reports_follow_the_version_that_counts(store: Store, tmp_path: Path) -> None:
    """Whoever writes the file would else read along, and stand as owner on the page."""
    approved(store, proposed(store, tmp_path))
    other = MATRIX.replace('owner = "Anna"', 'owner = "Mallory"').replace(f'\nmail = "{ANNA}"', f'\nmail = "{EVA}"')
    config = bureau_of(store, tmp_path, text=other).config

    page, *_rest = write_reviews(store, config, MONDAY, tmp_path / "pages")

    assert addresses_of(store, config)("Zorg") == ANNA
    assert "Mallory" in other
    assert "Anna" in page.read_text(encoding="utf-8")
    assert "Mallory" not in page.read_text(encoding="utf-8")


def test_a_newer_proposal_counts_only_when_every_owner_approved_it(store: Store, tmp_path: Path) -> None:
    """Until then the older one stays the rule; half an approval is none."""
    approved(store, proposed(store, tmp_path))
    number = proposed(store, tmp_path, TWO)
    approved(store, number)
    assert counting(store) == 1
    assert "not_approved" not in codes(bureau_of(store, tmp_path))
    approved(store, number, EVA, "ict")
    assert counting(store) == 2
    with store.read() as session:
        matrix = approved_matrix(session, store)
    assert matrix is not None
    assert set(matrix.content.approved_by.split(", ")) == {ANNA, EVA}


def counting(store: Store) -> int:
    """The number of the version that counts."""
    with store.read() as session:
        there = in_force(stands(session, store))
        return there.row.version if there else 0


@pytest.mark.parametrize("by", [ANNA, "Anna", CHRIS, "chris"])
def test_the_owner_and_who_stands_in_can_approve(store: Store, tmp_path: Path, by: str) -> None:
    """Under their account, however they are called; the owner is kept beside who did it."""
    approved(store, proposed(store, tmp_path), by)
    with store.read() as session:
        (one,) = session.scalars(select(MatrixApproval))
        assert (one.owner, one.by) == (ANNA, CHRIS if by.startswith("chris") else ANNA)


@pytest.mark.parametrize(
    ("by", "process", "why"),
    [(EVA, "zorg", "cannot approve"), ("", "zorg", "cannot approve"), (ANNA, "ict", "cannot approve"),
     (ANNA, "none", "has no process")],
)  # fmt: skip
def test_nobody_else_approves(store: Store, tmp_path: Path, by: str, process: str, why: str) -> None:
    """ICT cannot approve its own proposal for another, and the owner of one process not that of another."""
    number = proposed(store, tmp_path, TWO)
    with pytest.raises(RefusedError, match=why):
        approved(store, number, by, process)
    assert counting(store) == 0
    assert acts(store) == ["matrix.propose"]


def test_an_approval_is_given_once_and_never_to_an_older_version(store: Store, tmp_path: Path) -> None:
    """Twice says nothing more, and rules that were replaced do not come back unseen."""
    old, new = proposed(store, tmp_path, TWO), proposed(store, tmp_path)
    approved(store, old)
    with pytest.raises(RefusedError, match="approved already"):
        approved(store, old)
    approved(store, new)
    with pytest.raises(RefusedError, match="cannot be approved any more"):
        approved(store, old, EVA, "ict")
    with pytest.raises(RefusedError, match="no version 9"):
        approved(store, 9)


def test_what_says_nothing_new_or_names_no_owner_is_not_proposed(store: Store, tmp_path: Path) -> None:
    """The same again would ask every owner for nothing; without a process it would count at once."""
    proposed(store, tmp_path)
    with pytest.raises(RefusedError, match="same as version 1"):
        proposed(store, tmp_path, MATRIX.replace('"2026-2"', '"2026-3"'))
    with pytest.raises(RefusedError, match="names no process"):
        proposed(store, tmp_path, 'version = "1"\napproved_by = "Dewi"\napproved_on = 2026-09-01\n')
    assert acts(store) == ["matrix.propose"]


def test_a_version_that_was_changed_past_ibpmon_is_refused(store: Store, tmp_path: Path) -> None:
    """Whoever owns the database can lift its guards; then the hash tells, and ICT reads what the owner would."""
    approved(store, proposed(store, tmp_path))
    config = bureau_of(store, tmp_path).config
    with store.engine.connect() as connection:
        postgres = store.engine.dialect.name == "postgresql"
        connection.execute(
            text("SET session_replication_role = replica" if postgres else "DROP TRIGGER matrix_version_update")
        )
        connection.execute(text("UPDATE matrix_version SET content = replace(content, 'write', 'owner')"))
        if postgres:
            connection.execute(text("SET session_replication_role = origin"))
        connection.commit()
    with pytest.raises(RefusedError, match="changed past ibpmon"):
        bureau_of(store, tmp_path)
    assert addresses_of(store, config)("Zorg") is None


def test_a_decision_changes_no_version(store: Store, tmp_path: Path) -> None:
    """Invariant 19: keeping Kees because the matrix lags behind leaves the version, and he deviates again."""
    approved(store, proposed(store, tmp_path))
    bureau = bureau_of(store, tmp_path)
    number = opened(bureau)
    all_decided(bureau, number)
    until: Any = MONDAY.replace(month=MONDAY.month % 12 + 1, day=1)
    say(bureau, number, about(store, number, "Kees").item_no, reason_code="matrix", until=max(until, MONDAY))
    sign(bureau, number)
    with store.read() as session:
        (row,) = session.scalars(select(MatrixVersion))
        assert [one.role for one in content_of(row).rules] == ["care", "staff"]
        assert session.scalars(select(AccessReview)).one().matrix_hash
    assert [one for one in acts(store) if one.startswith("matrix.")] == ["matrix.propose", "matrix.approve"]


def test_what_differs_is_told_per_process(store: Store, tmp_path: Path) -> None:
    """An owner sees what he approves: what came, what went, and from what to what."""
    one, two, three = proposed(store, tmp_path), proposed(store, tmp_path, NARROW), proposed(store, tmp_path, TWO)
    with store.read() as session:
        first, second, third = (content_of(version_of(session, store, number)) for number in (one, two, three))
    found = [(c.kind, c.name, c.before, c.after, c.processes) for c in changes(first, second)]
    assert found == [
        ("changed", "care: Zorg", "write", "read", ("zorg",)),
        ("changed", "care: Dossiers", "write", "read", ("zorg",)),
    ]
    assert [(c.kind, c.part, c.name) for c in changes(first, third)] == [
        ("changed", "process", "zorg"), ("added", "process", "ict"),
    ]  # fmt: skip
    assert [c.kind for c in changes(third, first)] == ["changed", "removed"]
    assert {c.kind for c in changes(None, first)} == {"added"}
    assert changes(first, first) == []


# ---------------------------------------------------------------- the commands


Run = Callable[..., Answer]


@pytest.fixture
def run(ibpmon: Run, tmp_path: Path) -> Run:
    """Runs a command about a board with a matrix, on Monday."""
    path = tmp_path / "config.toml"
    path.write_text((ROOT / "config.example.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "autorisatiematrix.toml").write_text(MATRIX, encoding="utf-8")
    with workplace(path) as place:
        board().save(place.store)

    def running(*words: Any) -> Answer:
        with time_machine.travel(MONDAY, tick=False):
            return ibpmon(*words, "--config", path)

    return running


def test_a_matrix_goes_from_file_to_rule_by_commands(run: Run, tmp_path: Path) -> None:
    """First shown, then proposed, then approved; a list needs no word about its approval."""
    assert "Nothing was written." in run("matrix", "propose").out
    assert json.loads(run("matrix", "list", "--json").out) == []
    assert "This is version 1 now" in run("matrix", "propose", "--yes", "--by", "chris").out
    assert run("matrix", "approve", "1", "--process", "zorg", "--by", "eva").code == 1
    assert "version 1 counts now" in run("matrix", "approve", "1", "--process", "zorg", "--by", ANNA).out
    listed = tmp_path / "matrix.csv"
    listed.write_text(
        "Proces;Plaats;Proceseigenaar;Rol;Functies;Recht\nZorg;Zorg;Anna;IB;Intern begeleider;lezen\n",
        encoding="utf-8",
    )
    answer = run("matrix", "propose", listed, "--yes", "--by", "chris")
    assert "removed: rule care: Dossiers: write" in answer.out, answer.err
    rows = json.loads(run("matrix", "list", "--json").out)
    assert [(row["version"], row["in_force"], row["waiting"]) for row in rows] == [(1, True, []), (2, False, ["zorg"])]
    assert "zorg: Zorg (Anna): not approved yet" in run("matrix", "show", "2").out
    assert json.loads(run("matrix", "show", "1", "--json").out)["approvals"][0]["by"] == ANNA
    assert "matrix.csv" in run("matrix", "list").out


def test_a_file_that_is_not_right_writes_nothing(run: Run, tmp_path: Path) -> None:
    """Half a matrix would be the rule of the next quarter."""
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(
        "Proces;Plaats;Proceseigenaar;Rol;Functies;Recht\nZorg;Zorg;Anna;IB;IB;misschien\n", encoding="utf-8"
    )
    answer = run("matrix", "propose", wrong, "--yes")
    assert answer.code == 3
    assert "wrong.csv:2" in answer.err
    assert json.loads(run("matrix", "list", "--json").out) == []
