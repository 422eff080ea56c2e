"""Time passes on a board: the same every time, told whole by the journal, and true at every moment."""

import fnmatch
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ibpmon.demo.board import Board, Removal, advance, carry_out, make_board, script, settings, write_files
from ibpmon.demo.board import truth as telling
from ibpmon.demo.board.changes import Gone
from ibpmon.demo.board.journal import Journal
from ibpmon.demo.board.nouns import Contract, Member
from ibpmon.demo.board.planting.accounts import ACTIVE
from ibpmon.demo.board.planting.pupils import PUPIL
from tests.test_board import NOW

DAY = timedelta(days=1)
ANNA, BRAM = Member("user", "anna"), Member("user", "bram")


@pytest.fixture
def board() -> Board:
    """Three schools on a Monday afternoon."""
    return make_board("small", 1, NOW)


@pytest.fixture(scope="module")
def month() -> tuple[Board, Board, list[script.Event]]:
    """A board before and after five weeks, and what happened."""
    before, after = make_board("small", 2, NOW), make_board("small", 2, NOW)
    return before, after, advance(after, NOW + 35 * DAY)


# ---------------------------------------------------------------- the journal


def test_the_journal_tells_the_last_state_of_each_key_in_order() -> None:
    """A delta answer tells what is now, not every step on the way."""
    journal = Journal()
    journal.touch("user", "anna")
    journal.touch("user", "bram")
    journal.touch("user", "anna")
    journal.remove("user", "bram", "changed")

    assert [(c.key, c.removed) for c in journal.since("user", 0)] == [("anna", ""), ("bram", "changed")]
    assert [c.key for c in journal.since("user", 3)] == ["bram"]
    assert journal.since("user", journal.version) == []
    assert journal.since("group", 0) == []


def test_a_restored_object_is_there_again() -> None:
    """Who was deleted softly and comes back is an ordinary change."""
    journal = Journal()
    journal.remove("user", "anna", "changed")
    journal.touch("user", "anna")

    assert [change.removed for change in journal.since("user", 0)] == [""]


def test_who_came_and_left_stands_with_the_group() -> None:
    """Each step since the moment, in order; earlier ones were told before."""
    journal = Journal()
    journal.member("team", "members", ANNA, left=False)
    seen = journal.version
    journal.member("team", "owners", BRAM, left=False)
    journal.member("team", "members", ANNA, left=True)

    [change] = journal.since("group", seen)
    assert change.members == [("owners", BRAM, False), ("members", ANNA, True)]


# ---------------------------------------------------------------- the same story


def test_two_steps_are_one_large_step() -> None:
    """How often somebody looks at the clock changes nothing: not at night, at noon, nor in a weekend."""
    once, often = make_board("small", 1, NOW), make_board("small", 1, NOW)
    events = advance(once, NOW + 12 * DAY)
    steps = [timedelta(hours=1), 3 * DAY, 3.5 * DAY + timedelta(minutes=7), 5 * DAY, 12 * DAY]
    seen = [event for step in steps for event in advance(often, NOW + step)]

    assert seen == events
    assert everything(often) == everything(once)


def test_another_seed_is_another_story() -> None:
    """One story proves little."""
    stories = [advance(make_board("small", seed, NOW), NOW + 4 * DAY) for seed in (1, 2)]

    assert stories[0] != stories[1]


def test_time_does_not_run_backwards(board: Board) -> None:
    """A clock that is behind changes nothing."""
    assert advance(board, NOW - DAY) == []
    assert board.now == NOW


def everything(board: Board) -> dict[str, Any]:
    """All that can be seen of a board, with its clock and its truth."""
    return {name: getattr(board, name) for name in Board.__slots__ if name not in ("rng", "agenda", "coming")}


# ---------------------------------------------------------------- nothing goes unnoticed


def snapshot(board: Board) -> dict[str, dict[str, str]]:
    """Everything of which a delta answer tells, by kind and key."""
    kinds: dict[str, dict[str, str]] = {
        "user": keyed(board.users),
        "group": {
            row["id"]: repr((row, sorted(board.members[row["id"]]), sorted(board.owners.get(row["id"], []))))
            for row in board.groups
        },
        "device": keyed(board.entra_devices),
        "application": keyed(board.applications),
        "servicePrincipal": keyed(board.service_principals),
        "administrativeUnit": {
            row["id"]: repr((row, sorted(board.admin_unit_members[row["id"]]))) for row in board.admin_units
        },
        "site": keyed(board.sites),
        "educationSchool": keyed(board.education_schools),
        "educationUser": keyed(board.education_users),
        "oAuth2PermissionGrant": keyed(board.delegated_grants),
    }
    for drive, rows in board.items.items():
        root = {rows[0]["id"]: board.permissions[drive]}
        rights = {**board.item_permissions, **root}
        kinds[f"item:{drive}"] = {row["id"]: repr((row, rights.get(row["id"]))) for row in rows}
    return kinds


def keyed(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Rows by id, in a form that does not change with the board."""
    return {row["id"]: repr(row) for row in rows}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_journal_tells_of_every_change(seed: int) -> None:
    """What is not in the journal is never told to a client that asks for changes: it would stay wrong for ever."""
    board = make_board("small", seed, NOW)
    for step in range(1, 4):
        before, version = snapshot(board), board.journal.version
        advance(board, NOW + 11 * step * DAY)
        after = snapshot(board)
        for kind in {**before, **after}:
            told = {change.key: change.removed for change in board.journal.since(kind, version)}
            old, new = before.get(kind, {}), after.get(kind, {})
            assert {key for key in {**old, **new} if old.get(key) != new.get(key)} <= set(told), kind
            assert {key for key, removed in told.items() if removed} == {key for key in told if key not in new}, kind


def test_replaying_who_came_and_left_gives_the_members(month: tuple[Board, Board, list[script.Event]]) -> None:
    """A client that adds and removes by the journal ends with exactly the members of now."""
    before, after, _ = month
    held = {group: set(members) for group, members in before.members.items()}
    for change in after.journal.since("group", 0):
        group = held.setdefault(change.key, set())
        for name, member, left in change.members:
            if name == "members":
                group.discard(member) if left else group.add(member)
        if change.removed:
            held.pop(change.key)

    assert held == {group: set(members) for group, members in after.members.items()}


def test_everything_still_refers_to_something(month: tuple[Board, Board, list[script.Event]]) -> None:
    """Ids are unique; members, owners, roles, rights and rosters name objects that exist."""
    _, board, _ = month
    rows = [*board.users, *board.groups, *board.entra_devices, *board.service_principals]
    ids = {row["id"] for row in rows}
    assert len(ids) == len(rows)
    lists = [board.members, board.owners, board.admin_unit_members]
    assert {member.id for held in lists for members in held.values() for member in members} <= ids
    assert set(board.members) == {row["id"] for row in board.groups}
    assert {row["id"] for row in board.registrations} <= {row["id"] for row in board.users if row["accountEnabled"]}
    assert {row["principalId"] for row in board.role_assignments} <= ids
    assert {row["id"] for row in board.education_users} <= ids
    assert set(board.drives) <= {row["id"] for row in board.sites} == set(board.role_assignments_of_site)
    assert set(board.permissions) == set(board.items) == {d["id"] for drives in board.drives.values() for d in drives}
    items = {row["id"] for rows in board.items.values() for row in rows}
    assert set(board.item_permissions) <= items
    names = [user["userPrincipalName"].lower() for user in board.users]
    assert len(set(names)) == len(names)


def test_new_places_are_placed_as_they_are_meant(month: tuple[Board, Board, list[script.Event]]) -> None:
    """The name of a new group or site fits the zone that the truth is told by, and no two sites share an address."""
    _, board, _ = month
    zones = tomllib.loads(settings(board))["zones"]
    for row in [*board.groups, *board.sites]:
        name = row.get("displayName", "").lower()
        fitting = [z["zone"] for z in zones if any(fnmatch.fnmatchcase(name, p.lower()) for p in z["names"])]
        assert fitting == ([] if board.zones[row["id"]] == "unknown" else [board.zones[row["id"]]]), name
    addresses = {row["id"]: row["webUrl"] for row in board.sites}
    assert len(set(addresses.values())) == len(addresses)


def test_all_sorts_of_things_happen_and_mostly_on_school_days(month: tuple[Board, Board, list[script.Event]]) -> None:
    """A story without movers proves nothing about movers."""
    events = month[2]

    assert {event.kind for event in events} >= {
        "staff joined", "staff moved", "notice given", "account blocked", "pupil joined", "pupil left", "member joined",
        "account deleted", "member left", "owner changed", "item shared", "item unshared", "library opened",
        "site member joined", "site admin appointed", "role given", "devices report", "screen taken over",
    }  # fmt: skip
    weekend = [event for event in events if event.at.weekday() > 4]
    assert len(weekend) < 0.1 * len(events)
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_the_logs_grow_at_their_front_and_never_run_ahead(month: tuple[Board, Board, list[script.Event]]) -> None:
    """Newest first, nothing from the future, no id twice, and no success of a blocked account."""
    before, board, _ = month
    for log in (board.sign_ins, board.other_sign_ins):
        times = [row.at for row in log]
        assert times == sorted(times, reverse=True)
        assert times[0] <= board.now
        assert len({row.id for row in log}) == len(log)
    assert board.sign_ins[-len(before.sign_ins) :] == before.sign_ins
    assert len(board.sign_ins) > 3 * len(before.sign_ins)
    assert board.audits[0]["activityDateTime"] > before.audits[0]["activityDateTime"]
    assert board.unified_audit[0]["createdDateTime"] > before.unified_audit[0]["createdDateTime"]


def test_the_lists_of_the_board_follow(month: tuple[Board, Board, list[script.Event]], tmp_path: Path) -> None:
    """A starter stands on the staff list, a pupil who left is not enrolled any more."""
    _, board, events = month
    write_files(board, tmp_path)
    staff = (tmp_path / "medewerkers.csv").read_text(encoding="utf-8")
    pupils = (tmp_path / "leerlingen.csv").read_text(encoding="utf-8")
    starters = {event.subject for event in events if event.kind == "staff joined"}

    upns = [p.account["userPrincipalName"] for p in board.people if p.id in starters]
    assert upns
    assert all(upn in staff.lower() for upn in upns)
    assert ";nee" in pupils


# ---------------------------------------------------------------- the truth is a function of time


def facts(board: Board, rule: str) -> set[str]:
    """Whom a rule is about at this moment."""
    return {row["subject"] for row in board.truth["planted"] if row["rule"] == rule}


def planned_leavers(board: Board) -> Iterator[str]:
    """Everyone whom the script lets leave without a block."""
    return (
        who
        for (rule, who), (variant, _) in board.intended.items()
        if rule == ACTIVE and variant == script.BY_THE_SCRIPT
    )


def test_a_leaver_is_true_from_the_day_after_the_last_until_the_block(board: Board) -> None:
    """Nothing on the last day itself, a finding the next morning, and none once somebody blocked the account."""
    who = script.free_staff(board)[0]
    who.contracts = [Contract(who.school, who.contracts[0].start, (NOW + 2 * DAY).date())]

    advance(board, NOW + 2 * DAY)
    assert who.id not in facts(board, ACTIVE)
    advance(board, NOW + 3 * DAY)
    assert who.id in facts(board, ACTIVE)
    carry_out(board, Removal("account", "", who.id))
    assert who.id not in facts(board, ACTIVE)


def test_a_leaver_of_the_script_appears_on_the_right_day_and_goes_with_the_account() -> None:
    """The script forgets to block some accounts; the truth says so from the day after until the block."""
    board = make_board("small", 3, NOW)
    while not (leavers := list(planned_leavers(board))):
        advance(board, board.now + DAY)
    [person] = [p for p in board.people if p.id == leavers[0]]
    last = person.contracts[-1].end
    assert last is not None
    advance(board, datetime(last.year, last.month, last.day, 20, tzinfo=UTC))
    assert person.id not in facts(board, ACTIVE)
    advance(board, board.now + DAY)
    assert person.id in facts(board, ACTIVE)
    advance(board, board.now + 30 * DAY)
    assert not person.account["accountEnabled"]
    assert person.id not in facts(board, ACTIVE)


def test_what_nobody_does_anything_about_becomes_true_by_itself(board: Board) -> None:
    """A laptop of 29 days is a decoy today and a finding on Wednesday."""
    almost = next(row for row in board.truth["decoys"] if row["false_positive"] == "staff laptop, 29 days")
    advance(board, NOW + 2 * DAY)

    assert almost["subject"] in facts(board, "stale-device")
    assert almost["subject"] not in {row["subject"] for row in board.truth["decoys"]}


def test_the_truth_is_what_the_definitions_find_at_that_moment(month: tuple[Board, Board, list[script.Event]]) -> None:
    """Whatever happened: the truth is told anew from everything there is."""
    _, board, _ = month
    told = {(row["rule"], row["subject"], row["object"]) for row in board.truth["planted"]}

    assert told == set(telling.find_all(board))
    assert board.truth["at"] == board.now.isoformat()


# ---------------------------------------------------------------- what a review decides


def test_a_pupil_who_is_taken_out_of_the_care_team_is_out(board: Board) -> None:
    """The finding ends, the journal tells who left, and the log who did it."""
    row = next(
        row
        for row in board.truth["planted"]
        if row["variant"] == "direct member" and row["object"] in board.members  # the other row is the site behind it
    )
    group = row["object"]
    version = board.journal.version

    event = carry_out(board, Removal("member", group, row["subject"]))

    assert event.kind == "removed member"
    assert row["subject"] not in facts(board, PUPIL)
    [change] = board.journal.since("group", version)
    assert change.members == [("members", Member("user", row["subject"]), True)]
    assert board.audits[0]["activityDisplayName"] == "Remove member from group"


def test_a_link_that_is_withdrawn_leaves_an_empty_facet(board: Board) -> None:
    """The item keeps rights of its own, as at Microsoft: a crawl that looks for a missing facet would miss it."""
    item, link = next(
        (item, grant)
        for item, rights in board.item_permissions.items()
        for grant in rights
        if grant.get("link", {}).get("scope") == "anonymous"
        and len([g for g in rights if "inheritedFrom" not in g]) == 1
    )
    drive, row = next((drive, row) for drive, rows in board.items.items() for row in rows if row["id"] == item)
    version = board.journal.version
    carry_out(board, Removal("item right", item, link["id"]))

    assert row["shared"] == {}
    assert [change.key for change in board.journal.since(f"item:{drive}", version)] == [item]
    assert board.unified_audit[0]["operation"] == "AnonymousLinkRemoved"
    assert link["id"] not in repr(board.role_assignments_of_site)


def test_each_kind_of_removal_takes_away_exactly_that(board: Board) -> None:
    """After it the right is gone; a second time there is nothing to take away, and that is said."""
    for removal in removals(board):
        carry_out(board, removal)
        with pytest.raises(Gone):
            carry_out(board, removal)


def removals(board: Board) -> Iterator[Removal]:
    """One of each kind that can be done once only."""
    group = next(key for key, owners in board.owners.items() if owners)
    yield Removal("owner", group, board.owners[group][0].id)
    drive = next(iter(board.permissions))
    yield Removal("root right", drive, board.permissions[drive][-1]["id"])
    item, rights = next((key, rights) for key, rights in board.item_permissions.items() if "link" in rights[-1])
    yield Removal("item right", item, rights[-1]["id"])
    site, user = next(
        (site, rows[1]["Member"]["Users"][0])
        for site, rows in board.role_assignments_of_site.items()
        if rows[1]["Member"]["Users"]
    )
    yield Removal("site member", site, user["LoginName"])
    site = board.sites[0]["id"]
    yield Removal("site admin", site, board.site_admins[site][0]["LoginName"])
    yield Removal("role", "", board.role_assignments[-1]["id"])
    yield Removal("consent", "", board.delegated_grants[-1]["id"])


def test_a_right_on_a_library_goes_from_the_items_in_it_too(board: Board) -> None:
    """An item shows what it takes over; SharePoint's own view of the site follows."""
    site, drive = next(
        (site, drives[0]["id"])
        for site, drives in board.drives.items()
        if any(row["id"] in board.item_permissions for row in board.items[drives[0]["id"]])
        and any(grant["id"].startswith("u") for grant in board.permissions[drives[0]["id"]])
    )
    grant = next(grant for grant in board.permissions[drive] if grant["id"].startswith("u"))
    carry_out(board, Removal("root right", drive, grant["id"]))

    for row in board.items[drive]:
        taken = [g for g in board.item_permissions.get(row["id"], ()) if "inheritedFrom" in g]
        assert grant["id"] not in [g["id"] for g in taken]
    full = [
        row for row in board.role_assignments_of_site[site] if row["RoleDefinitionBindings"][0]["RoleTypeKind"] != 1
    ]
    assert grant["grantedToV2"]["siteUser"]["loginName"] not in [row["Member"]["LoginName"] for row in full]


@pytest.mark.slow
def test_a_large_board_lives_a_day_in_seconds() -> None:
    """A bench of 32 days is only worth having when a day costs little."""
    board = make_board("large", 1, NOW)
    advance(board, NOW + DAY)

    assert board.truth["planted"]
