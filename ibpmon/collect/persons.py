"""How the board's lists and Microsoft's accounts fit together: who was matched by what, and what needs a look.

A list and a directory never agree in full. What does not fit is told row by row, in both directions,
and nothing is concluded from it here: a person corrects the list, or the account.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from sqlmodel import Session

from ibpmon.collect.matching import Index, Marks, folded, marks_of, plain_number
from ibpmon.collect.placement import People, person_of, pupils_of, rows, runs, signs_of, staff_of
from ibpmon.collect.populations import Signs, population_of
from ibpmon.config import Config
from ibpmon.language import N_
from ibpmon.store.database import Store

Line = Mapping[str, Any]
SUBSTITUTES = ("*inval*", "*vervang*", "*tijdelijk*")

# What can be remarkable about a person or a row, in the order in which it is told; each a sentence for people.
REMARKS: Mapping[str, str] = {
    "number_of_two": N_("one employee number, two names: {who} (number {number})"),
    "number_shared": N_("{count} accounts have the employee number {number}: {who}"),
    "name_shared": N_("the user name {upn} stands with {count} employees: {who}"),
    "number_differs": N_("{who} was matched by user name, but list and account have another number"),
    "no_account": N_("{who} (number {number}) is employed and has no account"),
    "no_line": N_("the staff account {who} stands on no staff list"),
    "pupil_no_account": N_("{who} is on the pupil list and has no account"),
    "pupil_no_line": N_("the pupil account {who} stands on no pupil list"),
    "pupil_twice": N_("two pupils on the list have one user name: {who}"),
    "unknown_user": N_("{who} has a right in {application} and was not found among staff or accounts"),
    "unknown_place": N_("the classification names {place}, which is no site, group or application that was read"),
    "unknown_holder": N_("who has the device {serial} was not found on a list or among accounts"),
    "unknown_consent": N_("a consent names {who}, who was not found among staff or accounts"),
    "unknown_school": N_("the school '{school}' of {count} row(s) is not in the configuration"),
    "two_contracts": N_("{who} (number {number}) has {count} contracts that run now; all count"),
    "substitute_without_end": N_("{who} (number {number}) has a temporary contract without an end date"),
    "substitute": N_("{who} (number {number}) has a temporary contract"),
    "no_end": N_("{who} (number {number}) has a contract without an end date"),
}
# What a person can do about it; for the others, where list and account differ, correct one of the two.
OF_PLACES = N_("correct the name in the list, or take the line out; docs/files.md says how a place is named")
OF_SCHOOLS = N_("write the school as its key or name stands under [[schools]] in config.toml, or add it there")
OF_PEOPLE = N_("correct the list or the account; an employee number in both is the surest")
FIXES: Mapping[str, str] = {"unknown_place": OF_PLACES, "unknown_school": OF_SCHOOLS}
# Normal in a school: told as a number, and one by one only to who asks.
USUAL: Mapping[str, str] = {
    "unknown_holder": N_("of {count} devices the holder is on no list and among no accounts"),
    "substitute": N_("{count} employees have a temporary contract, each with an end date"),
    "no_end": N_("{count} employees have a contract without an end date"),
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a person should look at: a kind from REMARKS, and the values of its sentence."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The sentence, an English msgid; `values` fill it."""
        return REMARKS[self.kind]

    @property
    def fix(self) -> str:
        """What a person can do about it, an English msgid."""
        return FIXES.get(self.kind, OF_PEOPLE)


@dataclass(frozen=True, slots=True)
class Matches:
    """How many were matched by what, and every remark; the counts are of people and accounts, not of rows."""

    employed: int  # people with a contract that runs, or will
    employed_matched: int
    staff_accounts: int  # enabled accounts of population staff
    staff_accounts_matched: int
    pupils: int  # enrolled
    pupils_matched: int
    by: Mapping[str, int]  # employee number, object id, user name -> accounts
    remarks: tuple[Remark, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many remarks there are of each kind, in the order in which they are told."""
        found = Counter(remark.kind for remark in self.remarks)
        return {kind: found[kind] for kind in REMARKS if found[kind]}

    def of(self, kind: str) -> tuple[Remark, ...]:
        """All remarks of one kind."""
        return tuple(remark for remark in self.remarks if remark.kind == kind)


@dataclass(slots=True)
class Sight:
    """All that is compared: the living rows of one look at the store."""

    config: Config
    today: date
    pseudonym: Callable[[str], str]
    staff_lines: Sequence[Line]
    pupil_lines: Sequence[Line]
    accounts: Sequence[Line]
    staff: People
    pupils: People
    others: Mapping[str, Sequence[Line]]  # the other lists of the board, and the places that were read
    signs: Signs
    owner: dict[str, str] = field(default_factory=dict)  # account -> key of the person that it belongs to
    by: Counter[str] = field(default_factory=Counter)

    def population(self, account: Line) -> str:
        """The kind of an account."""
        return population_of(account, self.config.populations, self.signs)[0]


def hidden(_key: str) -> str:
    """A pupil without a name: whoever shows the report to ICT gives the pseudonyms."""
    return "leerling"


def report(store: Store, config: Config, now: datetime, pseudonym: Callable[[str], str] = hidden) -> Matches:
    """How lists and accounts fit together at this moment; `pseudonym` names a pupil by account id or pupil number."""
    with store.read() as session:
        sight = look(session, store, config, now, pseudonym)
    match_accounts(sight)
    remarks = [one for tell in TELLERS for one in tell(sight)]
    remarks.sort(key=lambda one: list(REMARKS).index(one.kind))
    return counted(sight, remarks)


def look(session: Session, store: Store, config: Config, now: datetime, pseudonym: Callable[[str], str]) -> Sight:
    """Everything that is compared, as it is now."""
    today = now.astimezone(config.time_zone).date()
    staff, pupils, accounts = (rows(session, store, name) for name in ("staff-list", "pupil-list", "accounts"))
    lists = staff_of(staff, today, config.time_zone), pupils_of(pupils)
    others = {name: rows(session, store, name) for name in OTHERS}
    signs = signs_of(session, store, config, accounts, lists, today)
    return Sight(config, today, pseudonym, staff, pupils, accounts, *lists, others, signs)


OTHERS = (
    "sites", "groups", "service-principals", "applications", "device-list", "classification", "remote-consents",
    "application-rights",
)  # fmt: skip


def match_accounts(sight: Sight) -> None:
    """Find the owner of each account, as the placement does."""
    for account in sight.accounts:
        person, by = person_of(account, sight.population(account), sight.staff, sight.pupils)
        if person:
            sight.owner[account["account_id"]] = f"{person.list}/{folded(person.key)}"
            sight.by[by] += 1


def counted(sight: Sight, remarks: Sequence[Remark]) -> Matches:
    """The numbers of the report."""
    owned = set(sight.owner.values())
    working = [f"staff/{number}" for number, lines in contracts(sight).items() if works(lines, sight.today)]
    learning = [f"pupil/{folded(line['pupil_number'])}" for line in sight.pupil_lines if line["enrolled"] is not False]
    accounts = [one for one in sight.accounts if is_staff(sight, one)]
    return Matches(
        employed=len(working),
        employed_matched=len(owned.intersection(working)),
        staff_accounts=len(accounts),
        staff_accounts_matched=sum(1 for one in accounts if one["account_id"] in sight.owner),
        pupils=len(learning),
        pupils_matched=len(owned.intersection(learning)),
        by=dict(sight.by),
        remarks=tuple(remarks),
    )


def contracts(sight: Sight) -> dict[str, list[Line]]:
    """The lines of the staff list by employee number."""
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for line in sight.staff_lines:
        found[folded(line["employee_number"])].append(line)
    return found


def works(lines: Sequence[Line], today: date) -> bool:
    """Whether one of the contracts runs, or will."""
    return any((line["end_date"] or "9999") >= today.isoformat() for line in lines)


def is_staff(sight: Sight, account: Line) -> bool:
    """An account of staff that is not switched off."""
    return account["enabled"] is not False and sight.population(account) == "staff"


# ---- within the staff list


def two_people(sight: Sight) -> Iterator[Remark]:
    """One number for people with different names."""
    for number, lines in contracts(sight).items():
        names = {folded(line["name"]): line["name"] for line in lines if line["name"]}
        if len(names) > 1:
            yield Remark("number_of_two", {"who": listed(names.values()), "number": number})


def shared_names(sight: Sight) -> Iterator[Remark]:
    """One user name for people who both work here."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for number, lines in contracts(sight).items():
        for line in lines if works(lines, sight.today) else ():
            if line["upn"]:
                found[folded(line["upn"])][number] = line["name"] or number
    for upn, people in found.items():
        if len(people) > 1:
            yield Remark("name_shared", {"upn": upn, "count": len(people), "who": listed(people.values())})


def stays(sight: Sight) -> Iterator[Remark]:
    """Contracts that run now: several of one person, without an end, or of a substitute."""
    for number, lines in contracts(sight).items():
        running = [line for line in lines if runs(line, sight.today)]
        if not running:
            continue
        values = {"who": running[0]["name"] or number, "number": number, "count": len(running)}
        endless = any(not line["end_date"] for line in running)
        temporary = [line for line in running if is_substitute(line)]
        if len(running) > 1:
            yield Remark("two_contracts", values)
        if temporary:
            open_end = any(not line["end_date"] for line in temporary)
            yield Remark("substitute_without_end" if open_end else "substitute", values)
        elif endless:
            yield Remark("no_end", values)


def is_substitute(line: Line) -> bool:
    """A contract that is meant to end, by its kind or by its function."""
    words = (folded(line.get("contract")), folded(line["function"]))
    return any(fnmatchcase(word, pattern) for word in words for pattern in SUBSTITUTES)


# ---- staff and accounts, in both directions


def unmatched_staff(sight: Sight) -> Iterator[Remark]:
    """People who work here without an account, and staff accounts of nobody on the list."""
    owned = set(sight.owner.values())
    for number, lines in contracts(sight).items():
        if f"staff/{number}" not in owned and any(runs(line, sight.today) for line in lines):
            yield Remark("no_account", {"who": lines[0]["name"] or number, "number": number})
    for account in sight.accounts if sight.staff_lines else ():
        if account["account_id"] not in sight.owner and is_staff(sight, account):
            yield Remark("no_line", {"who": called(account)})


def shared_numbers(sight: Sight) -> Iterator[Remark]:
    """Several accounts with one employee number."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for account in sight.accounts:
        if account["employee_id"] and sight.population(account) not in ("pupil", "guest"):
            found[plain_number(folded(account["employee_id"]))].append(called(account))
    for number, accounts in found.items():
        if len(accounts) > 1:
            yield Remark("number_shared", {"count": len(accounts), "number": number, "who": listed(accounts)})


def other_numbers(sight: Sight) -> Iterator[Remark]:
    """Accounts that were matched by another mark than the number that they carry."""
    for account in sight.accounts:
        owner = sight.owner.get(account["account_id"], "")
        carried = plain_number(folded(account["employee_id"]))
        if carried and owner.startswith("staff/") and plain_number(owner.removeprefix("staff/")) != carried:
            yield Remark("number_differs", {"who": called(account)})


# ---- pupils, by pseudonym


def unmatched_pupils(sight: Sight) -> Iterator[Remark]:
    """Pupils without an account, and accounts of pupils who are not on the list."""
    owned, seen = set(sight.owner.values()), set[str]()
    for line in sight.pupil_lines:
        key, upn = folded(line["pupil_number"]), folded(line["upn"])
        if upn and upn in seen:
            yield Remark("pupil_twice", {"who": sight.pseudonym(key)})
        elif line["enrolled"] is not False and f"pupil/{key}" not in owned:
            yield Remark("pupil_no_account", {"who": sight.pseudonym(key)})
        seen.add(upn)
    for account in sight.accounts if sight.pupil_lines else ():
        pupil = account["enabled"] is not False and sight.population(account) == "pupil"
        if pupil and account["account_id"] not in sight.owner:
            yield Remark("pupil_no_line", {"who": sight.pseudonym(account["account_id"])})


# ---- the other lists of the board


def unknown_people(sight: Sight) -> Iterator[Remark]:
    """People on another list of the board whom neither the staff list nor the accounts know."""
    known = everyone(sight)
    for application, people in users(sight).items():
        for who, marks in people.items():
            if not known.find(marks).by:
                yield Remark("unknown_user", {"who": who, "application": application})
    for line in sight.others["device-list"]:
        if line["holder"] and not known.find(marks_of(line["holder"])).by:
            yield Remark("unknown_holder", {"serial": line["serial"]})
    for person in dict.fromkeys(line["person"] for line in sight.others["remote-consents"]):
        if not known.find(marks_of(person)).by:
            yield Remark("unknown_consent", {"who": person})


def users(sight: Sight) -> dict[str, dict[str, Marks]]:
    """The people of each application, by what they are called there."""
    found: defaultdict[str, dict[str, Marks]] = defaultdict(dict)
    for line in sight.others["application-rights"]:
        found[line["application"]][line["name"] or line["person"]] = marks_in(line)
    return found


def marks_in(line: Line) -> Marks:
    """By what a user of an application can be known: the columns for that, else the word for the user itself."""
    own = Marks(line["employee_number"] or "", line["object_id"] or "", line["upn"] or "")
    return own if any((own.number, own.object_id, own.upn)) else marks_of(line["person"])


def everyone(sight: Sight) -> Index[str]:
    """Everybody on the lists and every account, findable by each mark."""
    index: Index[str] = Index()
    for line in sight.staff_lines:
        marks = Marks(line["employee_number"], line.get("object_id") or "", line["upn"] or "")
        index.add(f"staff/{folded(line['employee_number'])}", marks)
    for line in sight.pupil_lines:
        index.add(f"pupil/{folded(line['pupil_number'])}", Marks(line["pupil_number"], upn=line["upn"] or ""))
    for one in sight.accounts:
        marks = Marks(one["employee_id"] or "", one["account_id"], one["upn"] or "")
        index.add(str(sight.owner.get(one["account_id"]) or one["account_id"]), marks)
    return index


def unknown_places(sight: Sight) -> Iterator[Remark]:
    """Places that were classified and that are not among those that were read; of a kind that was not read, nothing."""
    known = {
        "site": places(sight, "sites", "site_id", "name", "address"),
        "group": places(sight, "groups", "group_id", "name"),
        "app": places(sight, "application-rights", "application")
        | places(sight, "service-principals", "principal_id", "app_id", "name")
        | places(sight, "applications", "object_id", "app_id", "name"),
    }
    for line in sight.others["classification"]:
        found = known[line["kind"]]
        if found and folded(line["name"]).rstrip("/") not in found:
            yield Remark("unknown_place", {"place": f"{line['kind']} {line['name']}"})


def places(sight: Sight, name: str, *marks: str) -> set[str]:
    """By what each site or group can be named in the classification."""
    return {folded(line[mark]).rstrip("/") for line in sight.others[name] for mark in marks if line[mark]}


def unknown_schools(sight: Sight) -> Iterator[Remark]:
    """Schools on the lists that the configuration does not know: their people belong nowhere."""
    known = {folded(word) for school in sight.config.schools for word in (school.key, school.name)}
    lists = (sight.staff_lines, sight.pupil_lines, sight.others["device-list"])
    found = Counter((line["school"] or "").strip() for lines in lists for line in lines)
    for school, count in sorted(found.items()):
        if school and folded(school) not in known:
            yield Remark("unknown_school", {"school": school, "count": count})


def called(account: Line) -> str:
    """A staff account as ICT knows it."""
    return str(account["upn"] or account["name"] or account["account_id"])


def listed(names: Iterable[str]) -> str:
    """Several names as text."""
    return ", ".join(sorted(names))


TELLERS: tuple[Callable[[Sight], Iterable[Remark]], ...] = (
    two_people, shared_names, stays, unmatched_staff, shared_numbers, other_numbers,
    unmatched_pupils, unknown_people, unknown_places, unknown_schools,
)  # fmt: skip
