"""The fictitious board is the same every time, wears the shapes of Graph, and tells the exact truth about itself."""

import csv
import fnmatch
import json
import subprocess
import sys
import tomllib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ibpmon.demo.board import Board, make_board, settings, write_files
from ibpmon.demo.board import truth as telling
from ibpmon.demo.board.activity import BLOCKED_ACCOUNT
from ibpmon.demo.board.names import HOSTILE
from ibpmon.demo.board.rendering import accounts_of, render_sign_in
from ibpmon.demo.board.truth.facts import enabled_staff, read
from ibpmon.demo.board.truth.sign_ins import failures
from ibpmon.demo.microsoft.graph import Lookup
from ibpmon.demo.microsoft.identity import public_key
from tests.test_microsoft import CLIENT, credential

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
SCHEMA = Path(__file__).parents[1].parent / "shared" / "graph" / "schema.json"
RULES = {
    "account-without-mfa",
    "account-not-placed",
    "account-of-staff-and-pupil",
    "admin-without-strong-mfa",
    "leaver-keeps-rights",
    "stale-account",
    "stale-guest",
    "guest-invitation-open",
    "leaver-still-active",
    "leaver-signed-in",
    "pupil-reaches-staff-area",
    "many-failed-sign-ins",
    "many-failed-sign-ins-at-school",
    "password-spray",
    "stale-device",
    # the second step
    "only-weak-second-step",
    "second-step-changed",
    "second-step-changed-after-strange-sign-in",
    "second-step-given-after-refusals",
    "second-step-refused-often",
    "sign-in-with-one-step",
    "weak-method-allowed",
    # accounts that come, stay and go
    "account-never-used",
    "former-pupil-still-enabled",
    "account-without-person",
    "shared-account-can-sign-in",
    "generic-account-used",
    "service-account-signs-in",
    "account-made-and-deleted",
    "mover-keeps-rights",
    # administrators and applications
    "app-key-expires",
    "daily-account-is-admin",
    "global-admins-count",
    "permanent-privileged-role",
    "tenant-setting-too-loose",
    "default-right-too-wide",
    "access-policy-changed",
    "app-credential-added",
    "app-given-role",
    "app-owner-added",
    "break-glass-changed",
    "break-glass-used",
    "break-glass-would-fail",
    "consent-given",
    "domain-changed",
    "impossible-travel",
    "log-right-taken-away",
    "failure-peak",
    "password-spray-from-network",
    "password-spray-at-school",
    "role-changed",
    "role-given-to-oneself",
    # what the matrix gives
    "more-rights-than-matrix",
    "fewer-rights-than-matrix",
    "wider-than-matrix",
    # the rest
    "pupil-at-other-school",
    "outsider-in-pupil-area",
    "staff-place-open-to-everyone",
    "unplaced-site-open-to-everyone",
    "anonymous-link",
    "group-with-many-owners",
    "group-without-owner",
    "group-with-one-owner",
    "public-group",
    "guest-of-blocked-domain",
    "rights-given-to-persons",
    "group-unclassified",
    "site-unclassified",
    "pupil-with-power",
    "pupils-may-share-outside",
    "pupil-assigned-staff-app",
    "attempts-on-blocked-account",
    "old-way-of-signing-in",
    "sign-in-from-another-country",
    "success-after-failures",
    "device-not-compliant",
    "device-not-encrypted",
    "device-without-user",
    "leaver-still-has-device",
    "system-out-of-support",
    "blocked-device-still-syncs",
    "device-out-of-use-still-syncs",
    "personal-or-broken-device",
    "recovery-key-read",
    "device-not-on-list",
    "listed-device-not-managed",
    "remote-session-without-consent",
    "unmanaged-device-to-sensitive-app",
    "blocked-device-signs-in",
    "device-out-of-use-signs-in",
    "device-at-other-school",
    "many-devices-registered",
    "pupils-may-invite-guests",
    "pupils-may-make-groups-or-apps",
    "pupils-may-make-teams",
    "pupil-invited-guest",
    "guest-in-sensitive-place",
    "guest-given-power",
    "guest-invited-against-rules",
    "guest-without-sponsor",
    "pupil-used-staff-app",
    "pupil-tries-staff-app",
    "pupil-on-staff-device",
    "unused-admin-account",
    "access-exclusion-to-nothing",
    "access-exclusion-grew",
    "access-exclusion-without-fallback",
    "privileged-app-has-owner",
    "app-owner-without-mfa",
    "app-without-owner",
}
SMALL_ONLY = {"device-list-does-not-fit"}  # a share of all devices: on a large board the stories are few
# there are two emergency accounts, and one tenant
FEW = {
    "break-glass-changed": 2, "break-glass-used": 1, "break-glass-would-fail": 2, "global-admins-count": 1,
    "pupils-may-share-outside": 1, "sign-in-with-one-step": 1, "only-weak-second-step": 1, "weak-method-allowed": 1,
    "second-step-changed-after-strange-sign-in": 1,
    "pupils-may-invite-guests": 1, "pupils-may-make-groups-or-apps": 1, "pupils-may-make-teams": 1,
    "log-right-taken-away": 1, "password-spray-at-school": 2,
    "default-right-too-wide": 1, "generic-account-used": 2, "shared-account-can-sign-in": 2,
    "wider-than-matrix": 2, "mover-keeps-rights": 2,
}  # fmt: skip
# a few devices are one in twenty there only
ON_A_SMALL_BOARD = {"device-list-does-not-fit"}
# no decoy can stand beside the only one
AS_DELIVERED = {
    "default-right-too-wide", "tenant-setting-too-loose",
    "global-admins-count", "pupils-may-share-outside", "pupils-may-invite-guests",
    "pupils-may-make-groups-or-apps", "pupils-may-make-teams",
}  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Board:
    """Three schools."""
    return make_board("small", 1, NOW)


@pytest.fixture(scope="module")
def large() -> Board:
    """Twenty schools."""
    return make_board("board", 1, NOW)


def contents(board: Board) -> str:
    """Everything that a client can see of a board."""
    parts = [board.users, board.groups, board.members, board.sites, board.drives, board.permissions, board.truth]
    return repr([*parts, board.registrations, board.devices, board.sign_ins])


# ---------------------------------------------------------------- the same board


def test_the_same_seed_gives_the_same_board(small: Board) -> None:
    """Two processes, the simulation and its judge, each make the board for themselves."""
    assert contents(make_board("small", 1, NOW)) == contents(small)
    assert contents(make_board("small", 2, NOW)) != contents(small)


def test_another_process_makes_the_same_truth(small: Board) -> None:
    """Python's own order of sets differs per process; the board does not."""
    code = (
        "import json; from datetime import datetime; from ibpmon.demo.board import make_board;"
        f"print(json.dumps(make_board('small', 1, datetime.fromisoformat('{NOW.isoformat()}')).truth))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout

    assert json.loads(told) == small.truth


def test_the_large_board_has_its_size(large: Board) -> None:
    """Figures are measured on a board of a realistic size."""
    counts = large.truth["counts"]

    assert len(large.schools) == 21
    assert 390 <= counts["populations"]["staff"] <= 560  # some hundred play a part
    assert 3900 <= counts["populations"]["pupil"] <= 4200
    assert 55_000 <= counts["sign_ins"] <= 65_000


def test_sign_ins_fall_in_the_days_that_are_kept(small: Board, large: Board) -> None:
    """Newest first, none after now, none from before Graph keeps them."""
    for board in (small, large):  # on the small one too: what is usual in an hour takes four weeks
        times = [row.at for row in board.sign_ins]
        assert times == sorted(times, reverse=True)
        assert board.now - timedelta(days=30) <= times[-1] < times[0] <= board.now


def test_most_sign_ins_are_on_school_days(large: Board) -> None:
    """Weekends and evenings are quiet, so a rule can look at the hour."""
    weekend = sum(row.at.weekday() > 4 for row in large.sign_ins)

    assert weekend / len(large.sign_ins) < 0.1


# ---------------------------------------------------------------- the truth


@pytest.mark.parametrize("size", ["small", "large"])
def test_each_rule_has_at_least_three_variants_and_its_decoys(size: str, request: pytest.FixtureRequest) -> None:
    """One variant proves one way of looking; three prove the rule."""
    board: Board = request.getfixturevalue(size)
    variants: dict[str, set[str]] = defaultdict(set)
    decoys: dict[str, set[str]] = defaultdict(set)
    for row in board.truth["planted"]:
        variants[row["rule"]].add(row["variant"])
    for row in board.truth["decoys"]:
        decoys[row["rule"]].add(row["false_positive"])

    only = variants if size == "small" else decoys
    assert set(only) >= SMALL_ONLY
    for rule in SMALL_ONLY:
        only.pop(rule)
    assert set(variants) - ON_A_SMALL_BOARD == RULES
    assert set(decoys) - AS_DELIVERED == RULES - AS_DELIVERED
    assert min(len(found) for rule, found in variants.items() if rule not in {*FEW, *ON_A_SMALL_BOARD}) >= 3
    assert {rule: len(variants[rule]) for rule in FEW} == FEW
    assert min(len(found) for rule, found in decoys.items() if rule not in AS_DELIVERED) >= 2


def test_the_truth_holds_exactly_what_is_true(small: Board) -> None:
    """What the definitions find, what was planted and what is told are the same; no decoy is among it."""
    told = {(row["rule"], row["subject"], row["object"]) for row in small.truth["planted"]}

    assert told == set(telling.find_all(small))
    assert {(rule, subject) for rule, subject, _ in told} == set(small.intended)
    assert not {(row["rule"], row["subject"]) for row in small.truth["decoys"]} & set(small.intended)


@pytest.mark.slow
def test_the_truth_is_exact_at_any_moment_and_for_any_seed() -> None:
    """At night, on Sundays, around the clock change and the turn of the year."""
    for seed in range(24):
        now = datetime(2026, 1, 1, 0, 20, tzinfo=UTC) + timedelta(days=17 * seed, minutes=391 * seed)
        board = make_board("small" if seed % 6 else "board", seed, now)
        assert board.truth["planted"]


def test_an_unplanned_truth_is_noticed(small: Board) -> None:
    """When a planted story causes a second finding by accident, the board is not made at all."""
    other = make_board("small", 3, NOW)
    person = next(p for p in other.people if p.population == "staff" and not p.cast and p.account["accountEnabled"])
    next(row for row in other.registrations if row["id"] == person.id)["isMfaCapable"] = False

    with pytest.raises(AssertionError, match="true but not planted"):
        telling.tell(other)


def test_every_number_in_a_rule_matters(small: Board) -> None:
    """With any threshold at one there are findings that were never planted: the decoys are there to show it."""
    planted = {(row["rule"], row["subject"]) for row in small.truth["planted"]}
    decoyed = {(row["rule"], row["subject"]) for row in small.truth["decoys"]}

    for rule, subjects in found_with_one(small).items():
        extra = {(rule, subject) for subject in subjects} - planted
        assert extra & decoyed, rule


def found_with_one(board: Board) -> dict[str, set[str]]:
    """What each rule would find with its number set to one."""
    day = timedelta(days=1)
    unable = {row["id"] for row in board.registrations if not row["isMfaCapable"]}
    young = [p for p in enabled_staff(board) if p.account["createdDateTime"] and p.id in unable]
    inside = {school.address for school in board.schools}
    failed = list(failures(board))
    pupils = {p.id for p in board.people if p.population == "pupil"}
    devices = [row for row in board.devices if row["deviceCategoryDisplayName"] != "Reserve"]
    old = [row for row in devices if board.now - read(row["lastSyncDateTime"]) >= day]
    for_staff = {row["id"] for row in old if row["userId"] not in pupils}
    for_pupils = {row["id"] for row in old if row["userId"] in pupils}
    created = {p.id: read(p.account["createdDateTime"]) for p in young}
    assert for_staff
    assert for_pupils
    return {
        "account-without-mfa": {who for who, moment in created.items() if board.now - moment >= day},
        "many-failed-sign-ins": {row.account for row in failed if row.address not in inside},
        "many-failed-sign-ins-at-school": {row.account for row in failed if row.address in inside},
        "password-spray": {row.address for row in failed if row.address not in inside},
        "stale-device": for_staff | for_pupils,
        "attempts-on-blocked-account": {row.account for row in board.sign_ins if row.code == BLOCKED_ACCOUNT},
    }


def test_each_limit_has_a_story_right_on_it_and_a_decoy_right_under_it(small: Board) -> None:
    """Eleven instead of ten, or nine, is found out."""
    variants = {(row["rule"], row["variant"]) for row in small.truth["planted"]}
    decoys = {(row["rule"], row["false_positive"]) for row in small.truth["decoys"]}

    assert variants >= {
        ("account-without-mfa", "exactly seven days"),
        ("leaver-still-active", "left yesterday"),
        ("leaver-signed-in", "just after midnight"),
        ("pupil-reaches-staff-area", "nested six deep"),
        ("many-failed-sign-ins", "exactly ten"),
        ("many-failed-sign-ins-at-school", "exactly twenty"),
        ("password-spray", "exactly eight"),
        ("stale-device", "exactly thirty days"),
        ("attempts-on-blocked-account", "exactly five"),
        ("success-after-failures", "exactly eight"),
        ("success-after-failures", "an hour to the second"),
        ("stale-device", "pupil, exactly sixty days"),
    }
    assert decoys >= {
        ("account-without-mfa", "new starter of nearly seven days"),
        ("leaver-still-active", "last day is today"),
        ("leaver-signed-in", "signed in on the evening of the last day"),
        ("many-failed-sign-ins", "nine failures in fifteen minutes"),
        ("many-failed-sign-ins-at-school", "nineteen in fifteen minutes"),
        ("password-spray", "seven accounts in an hour"),
        ("stale-device", "staff laptop, 29 days"),
        ("attempts-on-blocked-account", "four tries in a day"),
        ("success-after-failures", "seven failures and a success"),
        ("success-after-failures", "a second more than an hour"),
        ("stale-device", "pupil laptop, nearly sixty days"),
    }


def test_a_pupil_six_groups_deep_reaches_every_staff_group_above(small: Board) -> None:
    """The truth names each group and each site, not just the first."""
    deep = [row for row in small.truth["planted"] if row["variant"] == "nested six deep"]
    names = {row["id"]: row.get("displayName") for row in [*small.groups, *small.sites]}

    assert sorted(str(names[row["object"]])[4:] for row in deep) == [
        "Leerkrachten",
        "Leerkrachten",
        "Leerkrachten bovenbouw",
        "Personeel",
        "Personeel",
    ]


# ---------------------------------------------------------------- names and shapes


@pytest.mark.parametrize("size", ["small", "large"])
def test_each_population_and_each_kind_of_place_has_hostile_names(size: str, request: pytest.FixtureRequest) -> None:
    """Whoever prints a name meets every attack, whoever the name belongs to."""
    board: Board = request.getfixturevalue(size)
    for population in ("staff", "pupil", "guest", "service", "shared", "unknown"):
        names = {p.account["displayName"] for p in board.people if p.population == population}
        assert names & set(HOSTILE), population
    assert {group["displayName"] for group in board.groups} >= set(HOSTILE)
    assert {site.get("displayName") for site in board.sites} >= set(HOSTILE)
    assert {device["deviceName"] for device in board.devices} & set(HOSTILE)


def test_accounts_have_ids_and_names_of_their_own(large: Board) -> None:
    """Two people with one account name would be one finding."""
    rows = [*large.users, *large.groups, *large.devices, *[row for drives in large.drives.values() for row in drives]]
    upns = [user["userPrincipalName"].lower() for user in large.users]

    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row.id for row in large.sign_ins}) == len(large.sign_ins)
    assert len(set(upns)) == len(upns)


def test_the_configuration_places_every_group_and_site_where_it_is_meant(large: Board) -> None:
    """A name fits one zone at most, and the one that was meant."""
    zones = tomllib.loads(settings(large))["zones"]
    for row in [*large.groups, *large.sites]:
        name = row.get("displayName", "").lower()
        fitting = [z["zone"] for z in zones if any(fnmatch.fnmatchcase(name, p.lower()) for p in z["names"])]
        assert fitting == ([] if large.zones[row["id"]] == "unknown" else [large.zones[row["id"]]]), name


def test_the_configuration_tells_every_population(large: Board) -> None:
    """The first line that fits an account gives its population."""
    lines = tomllib.loads(settings(large))["populations"]
    for person in large.people:
        local, _, domain = person.account["userPrincipalName"].lower().partition("@")
        fits = (
            line["population"]
            for line in lines
            if domain in line.get("domains", ()) or any(fnmatch.fnmatchcase(local, n) for n in line.get("names", ()))
        )
        if person.account["userPrincipalName"] in large.overrides:
            continue  # the board's own list says what this is
        guest = person.account["userType"] == "Guest"
        assert ("guest" if guest else next(fits, "unknown")) == person.population, local


def test_files_are_as_dutch_systems_export_them(small: Board, tmp_path: Path) -> None:
    """Semicolons, Dutch days, two contracts on two lines, a matrix with its owners."""
    write_files(small, tmp_path)
    with (tmp_path / "medewerkers.csv").open(encoding="utf-8", newline="") as file:
        staff = list(csv.DictReader(file, delimiter=";"))
    with (tmp_path / "leerlingen.csv").open(encoding="utf-8", newline="") as file:
        pupils = list(csv.DictReader(file, delimiter=";"))
    matrix = tomllib.loads((tmp_path / "autorisatiematrix.toml").read_text(encoding="utf-8"))

    employed = [person for person in small.people if person.contracts]
    assert len({line["Personeelsnummer"] for line in staff}) == len(employed)
    assert len(staff) > len({line["Personeelsnummer"] for line in staff})
    assert all(datetime.strptime(line["In dienst"], "%d-%m-%Y").replace(tzinfo=UTC) for line in staff)
    listed = [person for person in small.people if person.listed]
    assert len(pupils) == sum(person.population == "pupil" or person.year_group > 0 for person in listed)
    assert len(matrix["processes"]) == 6
    assert {rule["role"] for rule in matrix["rules"]} <= {role["key"] for role in matrix["roles"]}
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")) == small.truth


def test_the_large_matrix_has_an_owner_for_each_process(large: Board, tmp_path: Path) -> None:
    """Owners are people of the board with an account that is on."""
    write_files(large, tmp_path)
    matrix = tomllib.loads((tmp_path / "autorisatiematrix.toml").read_text(encoding="utf-8"))
    enabled = {user["userPrincipalName"] for user in large.users if user["accountEnabled"]}

    assert len(matrix["processes"]) == 25
    assert {process["owner_upn"] for process in matrix["processes"]} <= enabled


def test_some_people_reach_what_the_matrix_does_not_give(small: Board) -> None:
    """Without deviations a report on the matrix has nothing to show."""
    functions = {person.id: person.function for person in small.people}
    heads = [group["id"] for group in small.groups if group["displayName"].endswith(" Directie")]

    inside = {functions.get(member.id, "") for group in heads for member in small.members[group]}

    assert inside - {"Directeur", "Adjunct-directeur"}


def test_every_served_field_is_one_of_microsoft(small: Board) -> None:
    """Names, types and words of the answers, against Microsoft's own list of types."""
    if not SCHEMA.exists():
        pytest.skip("Microsoft's list of types is not beside this checkout")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["v1.0"]
    for kind, rows in served(small).items():
        for row in rows:
            assert misfits(schema, f"microsoft.graph.{kind}", row) == [], kind


def served(board: Board) -> dict[str, list[dict[str, Any]]]:
    """Rows of every kind that the simulation serves."""
    accounts, lookup = accounts_of(board), Lookup(board)
    everything = frozenset({"Directory.Read.All"})
    rows: dict[str, list[dict[str, Any]]] = {
        "user": board.users,
        "group": list(board.groups),
        "site": board.sites,
        "drive": [row for drives in board.drives.values() for row in drives],
        "permission": [row for grants in board.permissions.values() for row in grants],
        "userRegistrationDetails": board.registrations,
        "managedDevice": board.devices,
        "signIn": [json.loads(render_sign_in(accounts, row)) for row in board.sign_ins],
    }
    for member in (member for members in board.members.values() for member in members if member.kind != "user"):
        rows.setdefault(member.kind, []).append(lookup.member(member, everything))
    return rows


PLAIN: dict[str, type | tuple[type, ...]] = {
    "Edm.String": str,
    "Edm.Guid": str,
    "Edm.Boolean": bool,
    "Edm.Int32": int,
    "Edm.Int64": int,
    "Edm.Double": (int, float),
}


def misfits(schema: dict[str, Any], kind: str, value: Any) -> list[str]:
    """What in a value is not as the type says."""
    if value is None:
        return []
    if kind.startswith("Collection("):
        return [wrong for item in value for wrong in misfits(schema, kind[11:-1], item)]
    if kind == "Edm.DateTimeOffset":
        return [] if datetime.fromisoformat(value[:19]) and value.endswith("Z") else [f"{kind}: {value}"]
    if kind.startswith("Edm."):
        return [] if isinstance(value, PLAIN[kind]) else [f"{kind}: {value!r}"]
    declared = schema[kind]
    if declared["kind"] == "enum":
        return [] if value in declared["members"] else [f"{kind}: {value}"]
    return misfits_of_object(schema, kind, value)


def misfits_of_object(schema: dict[str, Any], kind: str, value: dict[str, Any]) -> list[str]:
    """What in an object is not as its type and the types above it say."""
    properties: dict[str, str] = {}
    step: Any = kind
    loose = False
    while step:
        properties |= schema[step]["properties"]
        loose = loose or bool(schema[step].get("open"))
        step = schema[step]["base"]
    unknown = [f"{kind}.{name}" for name in value if name not in properties and "@" not in name]
    # identities carry a mail address on the wire that the list of types does not know; it is open for that
    wrong = [] if loose and set(value) - set(properties) <= {"email", "id", "displayName", "@odata.type"} else unknown
    return wrong + [
        error for name, item in value.items() if name in properties for error in misfits(schema, properties[name], item)
    ]


# ---------------------------------------------------------------- as a process of its own


def test_the_simulation_runs_by_itself_until_its_input_closes(tmp_path: Path) -> None:
    """A benchmark and the demo run it beside ibpmon, and know when it is ready and what it used."""
    certificate = tmp_path / "ibpmon.pem"
    pair = credential()
    certificate.write_text(pair["private_key"] + pair["public_certificate"], encoding="ascii")
    command = [sys.executable, "-m", "ibpmon.demo.microsoft", "--at", NOW.isoformat(), "--folder", str(tmp_path)]
    options = ["--certificate", str(certificate), "--client-id", CLIENT, "--files", str(tmp_path / "files")]
    with subprocess.Popen([*command, *options], stdin=subprocess.PIPE) as process:
        ready = wait_for(tmp_path / "microsoft.json", process)
        process.communicate()

    assert process.returncode == 0
    assert public_key(certificate.read_text(encoding="ascii")) is not None
    assert ready["authority"] == ready["graph"]
    assert Path(ready["ca"]).exists()
    assert (tmp_path / "files" / "medewerkers.csv").exists()
    assert Path(ready["smtp"]["password_file"]).stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "microsoft-peak.json").read_text())["peak_bytes"] > 10_000_000


def wait_for(path: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """The content of a file as soon as it is there."""
    for _ in range(300):
        if path.exists():
            return dict(json.loads(path.read_text(encoding="utf-8")))
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("the simulation did not start")
