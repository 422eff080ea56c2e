"""Planted problems, and beside each the false positives that the same rule must leave alone.

Nothing here knows how the engine finds anything; the thresholds are those of the rules as people read them. Where a
rule has a number, one story stands right on it and one decoy right under it, so that a wrong number shows.
"""

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ibpmon.demo.board import devices, people, places
from ibpmon.demo.board.activity import BLOCKED_ACCOUNT, INTERRUPTS, LOCKED, UNKNOWN_USER, WRONG_PASSWORD, record
from ibpmon.demo.board.names import HOSTILE
from ibpmon.demo.board.nouns import NOBODY, Board, Contract, Person, stamp

MFA, ACTIVE, SIGNED_IN = "account-without-mfa", "leaver-still-active", "leaver-signed-in"
PUPIL, DEVICE = "pupil-reaches-staff-area", "stale-device"
MANY, MANY_AT_SCHOOL, SPRAY = "many-failed-sign-ins", "many-failed-sign-ins-at-school", "password-spray"


# ---------------------------------------------------------------- accounts and contracts


def plant_accounts(board: Board) -> None:
    """Staff without MFA, and leavers who are still in."""
    for turn in range(board.scale.rounds):
        keys = schools_from(board, turn)
        plant_without_mfa(board, keys)
        decoy_without_mfa(board, keys)
        plant_active_leavers(board, keys)
        decoy_active_leavers(board, keys)
        plant_leavers_signed_in(board, keys)
        decoy_leavers_signed_in(board, keys)
    decoy_without_mfa_elsewhere(board)


def plant_without_mfa(board: Board, keys: Iterator[str]) -> None:
    """Nothing registered, registered but not usable, exactly a week old, older than the log of dates, hostile name."""
    nothing = play(board, next(keys), mfa="none")
    board.plant(MFA, nothing.id, "nothing registered", "has no method at all")
    weak = play(board, next(keys), mfa="registered")
    board.plant(MFA, weak.id, "registered, not capable", "registered a method that policy does not allow")
    week = play(board, next(keys), mfa="none")
    start(board, week, 7)
    board.plant(MFA, week.id, "exactly seven days", "the account is exactly seven days old: grace is over")
    old = play(board, next(keys), mfa="none")
    old.account["createdDateTime"] = None
    board.plant(MFA, old.id, "no creation date", "an account from before June 2018 has no creation date")
    odd = play(board, next(keys), mfa="none")
    odd.account["displayName"] = HOSTILE[7]
    board.plant(MFA, odd.id, "hostile name", "the name is an attack on whoever prints it")


def decoy_without_mfa(board: Board, keys: Iterator[str]) -> None:
    """A new starter, one day too early, an account that is off, a passkey, one that the report lacks."""
    new = play(board, next(keys), mfa="none")
    start(board, new, 3)
    board.decoy(MFA, new.id, "new starter of three days")
    almost = play(board, next(keys), mfa="none")
    start(board, almost, 6.8)
    board.decoy(MFA, almost.id, "new starter of nearly seven days")
    off = play(board, next(keys), mfa="none", quiet=True)
    off.account["accountEnabled"] = False
    people.leave(off, board.today - timedelta(days=60))
    board.decoy(MFA, off.id, "disabled account, not in the report")
    board.decoy(MFA, play(board, next(keys), mfa="passkey").id, "capable by passkey only")
    board.decoy(MFA, play(board, next(keys), mfa="absent").id, "enabled, but the report does not have it yet")
    undated = play(board, next(keys))
    undated.account["createdDateTime"] = None
    board.decoy(MFA, undated.id, "no creation date, capable")


def decoy_without_mfa_elsewhere(board: Board) -> None:
    """The accounts that other rules look after."""
    kinds = {"guest": "guest", "service": "service account", "shared": "shared account", "pupil": "pupil"}
    for population, word in (kinds | {"break_glass": "emergency account", "unknown": "unknown account"}).items():
        first = next(person for person in board.people if person.population == population)
        board.decoy(MFA, first.id, word)


def plant_active_leavers(board: Board, keys: Iterator[str]) -> None:
    """Left yesterday, last month, with two contracts that both ended, and without MFA as well."""
    yesterday = play(board, next(keys))
    people.leave(yesterday, ago(board, 1))
    board.plant(ACTIVE, yesterday.id, "left yesterday", "yesterday was the last day: one day ago")
    month = play(board, next(keys))
    people.leave(month, ago(board, 31))
    board.plant(ACTIVE, month.id, "left a month ago", "nobody blocked the account")
    both = play(board, next(keys))
    people.leave(both, ago(board, 40))
    both.contracts.append(Contract(next(keys), ago(board, 300), ago(board, 9)))
    board.plant(ACTIVE, both.id, "two contracts, both ended", "the contract at the second school ended nine days ago")
    bare = play(board, next(keys), mfa="none")
    people.leave(bare, ago(board, 12))
    board.plant(ACTIVE, bare.id, "left, and without MFA", "left twelve days ago")
    board.plant(MFA, bare.id, "a leaver without MFA", "has no method and the account is still on")


def decoy_active_leavers(board: Board, keys: Iterator[str]) -> None:
    """Second contract, longer contract, account already off, last day today, leaving later."""
    second = play(board, next(keys))
    people.leave(second, ago(board, 20))
    second.contracts.append(Contract(next(keys), ago(board, 200)))
    board.decoy(ACTIVE, second.id, "second contract at another school still runs")
    longer = play(board, next(keys))
    people.leave(longer, ago(board, 15))
    longer.contracts.append(Contract(longer.school, ago(board, 14), ago(board, -180)))
    board.decoy(ACTIVE, longer.id, "contract extended: a later line")
    off = play(board, next(keys), quiet=True)
    people.leave(off, ago(board, 10))
    off.account["accountEnabled"] = False
    board.decoy(ACTIVE, off.id, "leaver whose account is off")
    today = play(board, next(keys))
    people.leave(today, ago(board, 0))
    board.decoy(ACTIVE, today.id, "last day is today")
    later = play(board, next(keys))
    people.leave(later, ago(board, -30))
    board.decoy(ACTIVE, later.id, "leaves next month")


def plant_leavers_signed_in(board: Board, keys: Iterator[str]) -> None:
    """The days are here, the sign-ins come in `plant_late_sign_ins`, when there is a log."""
    ten = play(board, next(keys), quiet=True)
    people.leave(ten, ago(board, 3))
    off(ten)
    board.plant(SIGNED_IN, ten.id, "just after midnight", "signed in ten minutes after the last day had ended")
    abroad = play(board, next(keys), quiet=True)
    people.leave(abroad, ago(board, 20))
    board.plant(SIGNED_IN, abroad.id, "abroad, account still on", "signed in from abroad, weeks after leaving")
    board.plant(ACTIVE, abroad.id, "left, on, and used", "the account was never blocked")
    school = play(board, next(keys), quiet=True)
    people.leave(school, ago(board, 6))
    off(school)
    board.plant(SIGNED_IN, school.id, "at school, since blocked", "signed in at school; the account was blocked later")
    twice = play(board, next(keys), quiet=True)
    people.leave(twice, ago(board, 60))
    twice.contracts.append(Contract(next(keys), ago(board, 200), ago(board, 4)))
    off(twice)
    board.plant(SIGNED_IN, twice.id, "after the last of two contracts", "signed in after the second contract had ended")


def decoy_leavers_signed_in(board: Board, keys: Iterator[str]) -> None:
    """The evening of the last day, a failed try, a contract elsewhere."""
    evening = play(board, next(keys), quiet=True)
    people.leave(evening, ago(board, 3))
    off(evening)
    board.decoy(SIGNED_IN, evening.id, "signed in on the evening of the last day")
    tried = play(board, next(keys), quiet=True)
    people.leave(tried, ago(board, 5))
    off(tried)
    board.decoy(SIGNED_IN, tried.id, "failed attempts after leaving")
    elsewhere = play(board, next(keys), quiet=True)
    people.leave(elsewhere, ago(board, 10))
    elsewhere.contracts.append(Contract(next(keys), ago(board, 100)))
    board.decoy(SIGNED_IN, elsewhere.id, "left one school, works at another")


# ---------------------------------------------------------------- pupils where they should not be


def plant_places(board: Board) -> None:
    """Pupils in staff areas, by every way in; and pupils who only seem to be."""
    for turn in range(board.scale.rounds):
        keys = list(itertools.islice(schools_from(board, turn), 3))
        plant_members(board, keys)
        plant_nested(board, keys[0])
        plant_doors(board, keys)
        decoy_pupils(board, keys)


def plant_members(board: Board, keys: list[str]) -> None:
    """Direct members: of the care team, of a staff group at another school, of a group with a hostile name."""
    care = new_pupil(board, keys[0])
    places.join(board, places.group_id(board, f"{keys[0]} Zorgteam"), care)
    board.plant(PUPIL, care.id, "direct member", "is a member of the care team, and so enters its site")
    other = new_pupil(board, keys[0])
    places.join(board, places.group_id(board, f"{keys[1]} Personeel"), other)
    board.plant(PUPIL, other.id, "staff group of another school", "is a member of the staff group of another school")
    odd = new_pupil(board, keys[2])
    group = places.add_group(board, f"{keys[2]} <svg onload=alert(2)> Personeel", "staff", [odd])
    places.nest(board, places.group_id(board, f"{keys[2]} Iedereen"), group)
    board.plant(PUPIL, odd.id, "staff group with a hostile name", "is a member of a group whose name is an attack")


def plant_nested(board: Board, key: str) -> None:
    """Members through groups in groups, up to six deep."""
    teachers = places.group_id(board, f"{key} Leerkrachten")
    trainees = places.add_group(board, f"{key} Stagemaatjes", "unknown", [])
    places.nest(board, teachers, trainees)
    second = new_pupil(board, key)
    places.join(board, trainees, second)
    board.plant(PUPIL, second.id, "nested", "is in a group that is in the teachers' group")
    outer = places.group_id(board, f"{key} Leerkrachten bovenbouw")
    for name in ("Werkgroep rekenen", "Hulp bij rekenen", "Rekenmaatjes"):
        inner = places.add_group(board, f"{key} {name}", "unknown", some_staff(board, key, 1))
        places.nest(board, outer, inner)
        outer = inner
    deep = new_pupil(board, key)
    places.join(board, outer, deep)
    board.plant(PUPIL, deep.id, "nested six deep", "six groups lie between this pupil and all of the staff")


def plant_doors(board: Board, keys: list[str]) -> None:
    """No member of anything: a right on a library, direct or of a group of pupils."""
    direct, second, inherited = (new_pupil(board, key) for key in keys)
    places.grant_on(board, places.site_id(board, f"{keys[0]} Directie"), places.to_user(board, direct, "read"))
    board.plant(PUPIL, direct.id, "direct right on a library", "somebody shared the library with this pupil")
    files = places.to_user(board, second, "write")
    places.grant_on(board, places.site_id(board, f"{keys[1]} Zorgteam"), files, library=1)
    board.plant(PUPIL, second.id, "right on the second library", "the right is on the files of the care team only")
    upward = places.to_user(board, inherited, "read", inherited=True)
    places.grant_on(board, places.site_id(board, f"{keys[2]} Leerkrachten"), upward)
    board.plant(PUPIL, inherited.id, "inherited right", "the library takes the right over from the site")
    council = places.group_id(board, f"{keys[2]} Leerlingenraad")
    administration = places.site_id(board, f"{keys[2]} Administratie")
    places.grant_on(board, administration, places.to_group(board, council, "read"))
    for person in pupils_in(board, council):
        board.plant(PUPIL, person.id, "right of a group of pupils", "the pupil council may read the administration")


def decoy_pupils(board: Board, keys: list[str]) -> None:
    """Shared zones, the council, pupil groups elsewhere, a group that holds the staff, a link for everyone."""
    square = new_pupil(board, keys[0])
    places.join(board, places.group_id(board, f"{keys[0]} Schoolplein"), square)
    board.decoy(PUPIL, square.id, "shared zone", places.group_id(board, f"{keys[0]} Schoolplein"))
    council = places.group_id(board, f"{keys[0]} Leerlingenraad")
    for person in pupils_in(board, council)[:1]:
        board.decoy(PUPIL, person.id, "pupil council", council)
    visitor = new_pupil(board, keys[1])
    for other in keys:
        places.join(board, places.group_id(board, f"{other} Leerlingen"), visitor)
    board.decoy(PUPIL, visitor.id, "pupil groups of other schools", places.group_id(board, f"{keys[0]} Leerlingen"))
    everyone = places.group_id(board, f"{keys[1]} Iedereen")
    above = new_pupil(board, keys[1])
    places.join(board, everyone, above)
    board.decoy(PUPIL, above.id, "in a group that holds the staff group, not in it", everyone)
    teacher = some_staff(board, keys[0], 1)[0]
    board.decoy(PUPIL, teacher.id, "teacher in the staff group", places.group_id(board, f"{keys[0]} Personeel"))
    site = places.site_id(board, f"{keys[1]} Personeel")
    places.grant_on(board, site, places.shared_link("organization"))
    linked = new_pupil(board, keys[1])
    board.decoy(PUPIL, linked.id, "link for the organisation on a staff library", site)


# ---------------------------------------------------------------- devices


def plant_devices(board: Board) -> None:
    """Devices that stay away too long, and those that may."""
    for turn in range(board.scale.rounds):
        key = next(schools_from(board, turn + 4))
        staff, pupil = some_staff(board, key, 1)[0], new_pupil(board, key)
        plant_stale(board, key, staff, pupil)
        decoy_stale(board, key, staff, pupil)


def plant_stale(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Right on thirty days, long gone, without a user, of a user who is gone, right on sixty for a pupil."""
    lost = Person({"id": board.new_id(), "displayName": "", "mail": "", "userPrincipalName": ""}, "unknown", key, "")
    rows = (
        (staff, devices.STAFF, 30, "exactly thirty days", "a laptop of the staff, thirty days to the second"),
        (staff, devices.STAFF, 212, "away since last school year", "a laptop of the staff, seven months away"),
        (None, "Gedeeld", 31, "shared, without a user", "a shared device, thirty-one days"),
        (lost, devices.STAFF, 75, "of a user who is gone", "its user does not exist any more"),
        (pupil, devices.PUPIL, 60, "pupil, exactly sixty days", "a laptop of a pupil, sixty days to the second"),
        (pupil, devices.PUPIL, 95, "pupil, long away", "a laptop of a pupil, three months away"),
    )
    for person, category, days, variant, why in rows:
        board.plant(DEVICE, devices.add_device(board, key, person, category, days)["id"], variant, why)


def decoy_stale(board: Board, key: str, staff: Person, pupil: Person) -> None:
    """Just under the limits, on the cart, in the cupboard."""
    rows = (
        (pupil, devices.PUPIL, 45.0, "pupil laptop on the cart, 45 days"),
        (pupil, devices.PUPIL, 59.5, "pupil laptop, nearly sixty days"),
        (None, devices.RESERVE, 200.0, "in the cupboard as reserve"),
        (staff, devices.RESERVE, 90.0, "reserve with a former user"),
        (staff, devices.STAFF, 29.5, "staff laptop, 29 days"),
    )
    for person, category, days, why in rows:
        board.decoy(DEVICE, devices.add_device(board, key, person, category, days)["id"], why)


# ---------------------------------------------------------------- sign-ins


def plant_sign_ins(board: Board) -> None:
    """Attacks on accounts, attacks over accounts, leavers who come back; and the innocent look-alikes."""
    sources = (f"198.{18 + n // 250 % 2}.{n % 250}.{n % 200 + 7}" for n in itertools.count(1))
    for turn in range(board.scale.rounds):
        plant_late_sign_ins(board, turn)
        days = itertools.cycle(range(1 + turn * 8, min(7 + turn * 8, board.scale.days)))
        plant_many_failures(board, days, sources)
        decoy_many_failures(board, days, sources)
        plant_many_at_school(board, days)
        decoy_many_at_school(board, days)
        plant_sprays(board, days, sources)
        decoy_sprays(board, days, sources)


def plant_late_sign_ins(board: Board, turn: int) -> None:
    """The sign-ins of the leavers of one round."""
    stories = [key for key, text in board.intended.items() if key[0] == SIGNED_IN]
    ten, abroad, school, twice = (who for _, who in stories[4 * turn : 4 * turn + 4])
    success(board, board.moment(2, "00:10"), ten, home_of(board, ten), "home")
    success(board, board.moment(4, "03:12"), abroad, f"198.51.100.{90 + turn}", "abroad")
    success(board, board.moment(5, "11:05"), school, board.schools[0].address, "school")
    success(board, board.moment(3, "20:15"), twice, home_of(board, twice), "home")
    decoys = [decoy.subject for decoy in board.decoys if decoy.rule == SIGNED_IN]
    evening, tried, elsewhere = decoys[3 * turn : 3 * turn + 3]
    success(board, board.moment(3, "23:52"), evening, home_of(board, evening), "home")
    for clock, code in (("09:01", WRONG_PASSWORD), ("09:02", BLOCKED_ACCOUNT), ("09:05", BLOCKED_ACCOUNT)):
        record(board, board.moment(2, clock), tried, home_of(board, tried), code, "home")
    success(board, board.moment(2, "12:40"), elsewhere, home_of(board, elsewhere), "home")


def plant_many_failures(board: Board, days: Iterator[int], sources: Iterator[str]) -> None:
    """Right on ten in a quarter; over the edge of a quarter, an hour and a day; spread; locked; long."""
    ten = victim(board, "staff", MANY, "exactly ten", "ten failures in 14 minutes and 59 seconds")
    burst(board, ten, board.moment(next(days), "10:31"), 10, 899, [next(sources)])
    edge = victim(board, "pupil", MANY, "over the edge of a quarter", "five failures on either side of a quarter")
    burst(board, edge, board.moment(next(days), "13:09:30"), 10, 660, [next(sources)])
    hour = victim(board, "staff", MANY, "over the edge of an hour", "eleven failures around the whole hour")
    burst(board, hour, board.moment(next(days), "19:54:10"), 11, 700, [next(sources)])
    night = victim(board, "staff", MANY, "over midnight", "the day changes in the middle, in UTC too")
    burst(board, night, midnight(board, next(days)) - timedelta(minutes=6), 12, 720, [next(sources)])
    spread = victim(board, "staff", MANY, "from many addresses", "twelve failures from twelve addresses")
    burst(board, spread, board.moment(next(days), "04:20"), 12, 600, [next(sources) for _ in range(12)])
    locked = victim(board, "pupil", MANY, "until it locked", "six wrong passwords, then the lock itself")
    begin, source = board.moment(next(days), "16:40"), next(sources)
    burst(board, locked, begin, 6, 120, [source])
    burst(board, locked, begin + timedelta(minutes=3), 6, 200, [source], LOCKED)
    long = victim(board, "staff", MANY, "for hours, one attack", "ninety failures, one a minute: one episode")
    burst(board, long, board.moment(next(days), "01:07"), 90, 5400, [next(sources)])
    guest = victim(board, "guest", MANY, "a guest", "fourteen failures on the account of a guest")
    burst(board, guest, board.moment(next(days), "21:15"), 14, 500, [next(sources)])


def decoy_many_failures(board: Board, days: Iterator[int], sources: Iterator[str]) -> None:
    """Nine; ten just too slow; an old password in a phone; interrupts; half at school."""
    nine = extra(board, "staff", MANY, "nine failures in fifteen minutes")
    burst(board, nine, board.moment(next(days), "11:16"), 9, 870, [next(sources)])
    slow = extra(board, "staff", MANY, "ten failures in sixteen minutes")
    burst(board, slow, board.moment(next(days), "12:16"), 10, 960, [next(sources)])
    phone = extra(board, "staff", MANY, "old password in a phone, all day")
    burst(board, phone, board.moment(next(days), "07:00"), 180, 15 * 3600, [phone.home], scene="phone")
    asked = extra(board, "staff", MANY, "forty interrupts: MFA and stay signed in")
    for number, code in zip(range(40), itertools.cycle(INTERRUPTS), strict=False):
        at = board.moment(2, "08:40") + timedelta(seconds=20 * number)
        record(board, at, asked.id, asked.home, code, "home")
    mixed = extra(board, "pupil", MANY, "eight at home, twelve at school")
    day = board.school_day(next(days)) % board.scale.days or 1
    burst(board, mixed, board.moment(day, "08:31"), 12, 300, [board.school(mixed.school).address], scene="school")
    burst(board, mixed, board.moment(day, "08:33"), 8, 300, [next(sources)])
    own = extra(board, "pupil", MANY, "fifteen at school")
    burst(board, own, board.moment(day, "09:31"), 15, 600, [board.school(own.school).address], scene="school")


def plant_many_at_school(board: Board, days: Iterator[int]) -> None:
    """Right on twenty; over the edge of an hour; a whole lesson."""
    rows = (
        ("exactly twenty", "twenty failures in 14 minutes and 59 seconds", "10:16", 20, 899),
        ("over the edge of an hour", "twenty-four failures around the whole hour", "10:53", 24, 800),
        ("a whole lesson", "seventy failures in one lesson", "13:10", 70, 2400),
    )
    for variant, why, clock, number, seconds in rows:
        who = victim(board, "pupil", MANY_AT_SCHOOL, variant, why)
        address = board.school(who.school).address
        burst(board, who, board.moment(next(days), clock), number, seconds, [address], scene="school")


def decoy_many_at_school(board: Board, days: Iterator[int]) -> None:
    """One short of twenty; twenty just too slow."""
    for why, number, seconds in (("nineteen in fifteen minutes", 19, 880), ("twenty in sixteen minutes", 20, 960)):
        who = extra(board, "pupil", MANY_AT_SCHOOL, why)
        address = board.school(who.school).address
        burst(board, who, board.moment(next(days), "11:02"), number, seconds, [address], scene="school")


def plant_sprays(board: Board, days: Iterator[int], sources: Iterator[str]) -> None:
    """Right on eight in an hour; over the edge of an hour; wide, with one success; over IPv6 by night."""
    rows = (
        ("exactly eight", "eight accounts in 59 minutes", "14:00:20", 8, 1, 3540, ""),
        ("over the edge of an hour", "four accounts before the hour and five after", "15:35", 9, 1, 2900, ""),
        ("wide", "twenty-five accounts, two tries each, and one success", "22:41", 25, 2, 3000, ""),
        ("over IPv6 and midnight", "twelve accounts by night", "23:40", 12, 1, 2400, "2001:db8:bad:"),
    )
    for variant, why, clock, accounts, tries, seconds, prefix in rows:
        source = next(sources)
        source = prefix + f":{int(source.split('.')[2]):x}" if prefix else source
        board.plant(SPRAY, source, variant, why)
        targets = crowd(board, accounts)
        spray(board, targets, board.moment(next(days) + (clock > "20"), clock), tries, seconds, source)
        if variant == "wide":
            at = board.sign_ins[-1].at + timedelta(seconds=40)
            success(board, at, targets[0].id, source, "abroad")


def decoy_sprays(board: Board, days: Iterator[int], sources: Iterator[str]) -> None:
    """Seven; ten over five hours; names that do not exist; a meeting; Monday morning at school."""
    seven, slow, names, meeting = (next(sources) for _ in range(4))
    board.decoy(SPRAY, seven, "seven accounts in an hour")
    spray(board, crowd(board, 7), board.moment(next(days), "14:10"), 3, 3000, seven)
    board.decoy(SPRAY, slow, "ten accounts over five hours")
    spray(board, crowd(board, 10), board.moment(next(days), "13:05"), 1, 5 * 3600, slow)
    board.decoy(SPRAY, names, "accounts that do not exist")
    for number in range(30):
        at = board.moment(3, "05:30") + timedelta(seconds=30 * number)
        record(board, at, NOBODY, names, UNKNOWN_USER, "abroad")
    board.decoy(SPRAY, meeting, "a meeting elsewhere: twenty people, three typing errors")
    day = board.school_day(2)
    for number, person in enumerate(crowd(board, 20)):
        at = board.moment(day, "13:30") + timedelta(seconds=25 * number)
        if number % 7 == 0:
            record(board, at - timedelta(seconds=8), person.id, meeting, WRONG_PASSWORD, "home")
        success(board, at, person.id, meeting, "home")
    monday_morning(board)


def monday_morning(board: Board) -> None:
    """New passwords after the weekend: 140 failures of 60 pupils behind the one address of their school."""
    school = board.schools[board.rng.randrange(board.scale.schools)]
    pupils = [p for p in board.people if p.population == "pupil" and p.school == school.key and not p.cast][:60]
    monday = next(n for n in range(1, 9) if ago(board, n).weekday() == 0)
    begin = board.moment(monday, "08:30")
    for number in range(140):
        at = begin + timedelta(seconds=19 * number)
        record(board, at, pupils[number % len(pupils)].id, school.address, WRONG_PASSWORD, "school")
    board.decoy(SPRAY, school.address, "Monday morning: 140 wrong passwords of 60 pupils at one school")


# ---------------------------------------------------------------- private parts


def schools_from(board: Board, turn: int) -> Iterator[str]:
    """The schools one after the other, each round starting elsewhere."""
    keys = [school.key for school in board.schools[: board.scale.schools]]
    begin = turn * 5 % len(keys)
    return itertools.cycle(keys[begin:] + keys[:begin])


def play(board: Board, school: str, *, mfa: str = "capable", quiet: bool = False) -> Person:
    """An employee for a part in a story."""
    return people.hire(board, school, mfa=mfa, quiet=quiet, cast=True)


def new_pupil(board: Board, school: str) -> Person:
    """A pupil for a part in a story, in the pupil group of the school as all pupils."""
    pupil = people.enrol(board, school, 7, cast=True)
    places.join(board, places.group_id(board, f"{school} Leerlingen"), pupil)
    return pupil


def start(board: Board, person: Person, days: float) -> None:
    """Make someone a starter of so many days ago."""
    created = board.now - timedelta(days=days)
    person.account["createdDateTime"] = stamp(created)
    person.contracts = [Contract(person.school, created.date())]


def ago(board: Board, days: int) -> date:
    """The day at the board so many days ago."""
    return board.today - timedelta(days=days)


def off(person: Person) -> None:
    """Block the account."""
    person.account["accountEnabled"] = False


def some_staff(board: Board, key: str, number: int) -> list[Person]:
    """Ordinary employees of a school."""
    return [
        p
        for p in board.people
        if p.population == "staff" and p.school == key and not p.cast and p.account["accountEnabled"]
    ][:number]


def pupils_in(board: Board, group: str) -> list[Person]:
    """The pupils among the direct members of a group."""
    inside = {member.id for member in board.members[group]}
    return [p for p in board.people if p.population == "pupil" and p.id in inside]


def home_of(board: Board, account: str) -> str:
    """The address at home of an account."""
    return next(person.home for person in board.people if person.id == account)


def success(board: Board, at: datetime, account: str, address: str, scene: str) -> None:
    """One sign-in that went well."""
    record(board, at, account, address, 0, scene)


def victim(board: Board, population: str, rule: str, variant: str, why: str) -> Person:
    """Someone new to be attacked, so that nothing else happens to the account."""
    person = passer_by(board, population)
    board.plant(rule, person.id, variant, why)
    return person


def extra(board: Board, population: str, rule: str, false_positive: str) -> Person:
    """Someone to whom something innocent happens."""
    person = passer_by(board, population)
    board.decoy(rule, person.id, false_positive)
    return person


def passer_by(board: Board, population: str) -> Person:
    """An ordinary person who has no part yet and makes no typing errors from now on."""
    free = [p for p in board.people if p.population == population and not p.cast and p.account["accountEnabled"]]
    person = board.rng.choice(free)
    person.cast = person.steady = True
    return person


def crowd(board: Board, number: int) -> list[Person]:
    """Ordinary people without a part: staff first, pupils for the rest; they may be tried more than once."""
    free = [p for p in board.people if not p.cast and p.account["accountEnabled"] and not p.quiet]
    staff = [p for p in free if p.population == "staff"]
    pupils = [p for p in free if p.population == "pupil"]
    chosen = board.rng.sample(staff, min(len(staff), number * 2 // 3))
    return chosen + board.rng.sample(pupils, number - len(chosen))


def burst(
    board: Board,
    person: Person,
    begin: datetime,
    number: int,
    seconds: int,
    addresses: list[str],
    code: int = WRONG_PASSWORD,
    scene: str = "abroad",
) -> None:
    """So many failures on one account, evenly over so many seconds."""
    for step in range(number):
        at = begin + timedelta(seconds=step * seconds // (number - 1))
        record(board, at, person.id, addresses[step % len(addresses)], code, scene)


def spray(board: Board, targets: list[Person], begin: datetime, tries: int, seconds: int, source: str) -> None:
    """A few tries on each account from one address, evenly over so many seconds."""
    rows = [person for _ in range(tries) for person in targets]
    for step, person in enumerate(rows):
        at = begin + timedelta(seconds=step * seconds // (len(rows) - 1))
        record(board, at, person.id, source, WRONG_PASSWORD, "abroad")


def midnight(board: Board, days_back: int) -> datetime:
    """The beginning of a day in UTC; the first of the month when it lies in the period."""
    days = [board.moment(n, "12:00").replace(hour=0, minute=0) for n in range(days_back, board.scale.days)]
    return next((day for day in days if day.day == 1), days[0])
