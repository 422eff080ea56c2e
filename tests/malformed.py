"""Two hundred rule files that must not be used: one small good rule, spoilt in every way."""

import random
import string
from collections.abc import Iterator

GOOD = """\
title: Medewerker zonder afdeling
id: 0d3a6f0e-52a4-4f0c-9c3e-2a8f7b1d4e60
status: stable
description: Een account zonder afdeling.
level: low
logsource: {product: ibpmon, service: accounts}
detection:
  staff: {population: staff, upn|contains: '@'}
  old: {created_days|gte: 7}
  condition: staff and old
ibpmon:
  catalogue: MON-01
  norms: [SM.01]
  needs: [accounts, staff-list]
  subject: account_id
  message: {subject: '{count} [account|accounts]', line: '{name}', action: Doe iets.}
  remind: 7d
  unknown: staff
  thresholds:
    days: {default: 7, min: 1, max: 30, at: [detection.old.created_days|gte]}
  tests:
  - {name: raak, expect: hit, record: {population: staff, upn: a@b, created_days: 7}}
  - {name: mis, expect: miss, record: {population: pupil, upn: a@b, created_days: 7}}
"""
HEAD = ["title", "id", "status", "description", "level", "logsource", "detection", "ibpmon"]
BLOCK = [
    "catalogue", "norms", "needs", "subject", "message", "remind", "unknown", "thresholds", "tests",
]  # fmt: skip
SQL = ["x'); DROP TABLE accounts; --", '"; DELETE FROM findings; --', "1 OR 1=1", "name; ATTACH 'x' AS y", "${jndi:x}"]
PATTERNS = [
    "(a+)+$(", "(?=a+)b", "(?<=a)b", "(?P<x>a)(?P=x)", r"(a)\1", r"(a|a)*\k<x>", "(?>a+)b", "(a{1,99}){1,99}",
    "((a{0,99}){0,99}){0,99}", "a{1000}", "(.*.*.*){99}", "(?R)", "(?i)x", "(?#x)", "[", "(", ")", "*", "a**", r"\p{L}",
    r"\bx", "[[:alpha:]]", "[z-a]", "x{2,1}", "(" * 500 + ")" * 500, "a" * 2_000,
]  # fmt: skip
VALUES = ["5", "[1, 2]", "{a: b}", "null", "true", "''", "[[]]", '"\\0"']


def malformed() -> dict[str, bytes]:
    """Names and contents; the same ones each time."""
    made = {name: text if isinstance(text, bytes) else text.encode() for part in PARTS for name, text in part()}
    return dict(sorted(made.items()))


def keys() -> Iterator[tuple[str, str | bytes]]:
    """Keys that are misspelt, left out or there twice."""
    for indent, names in (("", HEAD), ("  ", BLOCK)):
        for name in names:
            line = next(one for one in GOOD.splitlines() if one.startswith(f"{indent}{name}:"))
            yield (
                f"misspelt-{name}",
                GOOD.replace(f"\n{line}", f"\n{line.replace(name, name + 'x', 1)}")
                if (indent or name != "title")
                else GOOD.replace("title", "titlex", 1),
            )
            yield f"twice-{name}", GOOD.replace(line, f"{line}\n{line if ': ' in line else line + ' x'}", 1)
    for name in ("id", "description", "level", "logsource"):
        yield f"without-{name}", "".join(one for one in GOOD.splitlines(True) if not one.startswith(f"{name}:"))
    for name in ("catalogue", "needs", "subject", "message", "remind"):
        yield f"without-{name}", "".join(one for one in GOOD.splitlines(True) if not one.startswith(f"  {name}:"))
    yield "extra", GOOD + "exec: rm\n"
    yield "number-as-key", GOOD + "5: x\n"
    yield "list-as-key", GOOD + "? [a, b]\n: x\n"


def kinds() -> Iterator[tuple[str, str | bytes]]:
    """Values of another kind than the key has."""
    lines = GOOD.splitlines()
    for name in ("id", "level", "logsource"):
        for number, value in enumerate(VALUES):
            old = next(one for one in lines if one.startswith(f"{name}:"))
            yield f"kind-{name}-{number}", GOOD.replace(old, f"{name}: {value}")
    for name in ("title", "description"):
        for number, value in enumerate(["5", "[1]", "{a: b}", "null"]):
            old = next(one for one in lines if one.startswith(f"{name}:"))
            yield f"kind-{name}-{number}", GOOD.replace(old, f"{name}: {value}")
    for name in ("catalogue", "needs", "subject", "message", "remind"):
        # a rule beside the catalogue says so by an empty text
        for number, value in enumerate(one for one in VALUES if (name, one) != ("catalogue", "''")):
            old = next(one for one in lines if one.startswith(f"  {name}:"))
            yield f"kind-{name}-{number}", GOOD.replace(old, f"  {name}: {value}")
    for number, value in enumerate(VALUES):
        yield f"kind-condition-{number}", GOOD.replace("condition: staff and old", f"condition: {value}")
        yield (
            f"kind-detection-{number}",
            GOOD.replace("old: {created_days|gte: 7}", f"old: {value}")
            if (value not in ("5", "[1, 2]", "''"))
            else GOOD.replace("{created_days|gte: 7}", "{created_days|gte: [x]}"),
        )


def statements() -> Iterator[tuple[str, str | bytes]]:
    """SQL where a name belongs."""
    for number, text in enumerate(SQL):
        quoted = "'" + text.replace("'", "''") + "'"
        yield f"sql-field-{number}", GOOD.replace("{population: staff,", f"{{{quoted}: staff,", 1)
        yield f"sql-modifier-{number}", GOOD.replace("created_days|gte: 7}", f"{quoted[:-1]}|gte': 7}}", 1)
        yield f"sql-detection-{number}", GOOD.replace("condition: staff and old", f"condition: staff and {text}")
        yield f"sql-view-{number}", GOOD.replace("service: accounts", f"service: {quoted}")
        yield f"sql-subject-{number}", GOOD.replace("subject: account_id", f"subject: {quoted}")
        yield f"sql-need-{number}", GOOD.replace("needs: [accounts,", f"needs: [{quoted},")
        yield f"sql-line-{number}", GOOD.replace("line: '{name}'", "line: '{" + text.replace("'", "''") + "}'")


def patterns() -> Iterator[tuple[str, str | bytes]]:
    """Patterns that would take for ever, or mean something else on each database."""
    for number, pattern in enumerate(PATTERNS):
        yield f"pattern-{number}", GOOD.replace("upn|contains: '@'", f"upn|re: '{pattern}'")


def bombs() -> Iterator[tuple[str, str | bytes]]:
    """Files that are small and become large, or are large."""
    layers = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    yield "bomb-aliases", GOOD + "a0: &a0 [x]\n" + layers
    yield "bomb-merge", GOOD.replace("old: {", "old: {<<: &x {a: 1}, ") + "again: *x\n"
    yield "bomb-depth", GOOD + "x: " + "[" * 5_000 + "]" * 5_000
    yield "bomb-depth-of-tables", GOOD + "x: " + "{a: " * 300 + "1" + "}" * 300
    yield "bomb-length", GOOD + "x:\n" + "  - x\n" * 15_000
    yield "bomb-ten-megabytes", GOOD.encode() + b"#" * 10_000_000
    yield "bomb-condition-not", GOOD.replace("condition: staff and old", f"condition: {'not ' * 240}staff")
    yield "bomb-condition-brackets", GOOD.replace("condition: staff", f"condition: {'(' * 600}staff{')' * 600}")
    yield "bomb-condition-length", GOOD.replace("staff and old", "staff and old" + " or staff" * 200)
    yield "bomb-values", GOOD.replace("'@'", str([f"n{n}" for n in range(6_000)]))
    yield "bomb-value", GOOD.replace("'@'", "x" * 5_000)
    yield "bomb-number", GOOD.replace("gte: 7}", "gte: 1e999}")
    yield "bomb-text-number", GOOD.replace("gte: 7}", f"gte: {'9' * 400}}}")


def bytes_() -> Iterator[tuple[str, str | bytes]]:
    """Files that are no text, or not all of it."""
    chance = random.Random(7)
    for number in range(12):
        yield f"binary-{number}", chance.randbytes(400)
    yield "utf-16", GOOD.encode("utf-16")
    yield "latin-1", GOOD.replace("afdeling", "afdéling").encode("latin-1")
    yield "nul", GOOD.replace("'@'", '"\\0"')
    yield "half-a-sign", GOOD.replace("'@'", '"\\ud800"')
    yield "control", GOOD.replace("afdeling", "afdeling\x07")
    yield "empty", ""
    yield "only-a-remark", "# niets\n"
    yield "two-rules", f"{GOOD}---\n{GOOD}"
    yield "a-list", "- a\n- b\n"
    yield "a-word", "hallo\n"
    yield "python", GOOD.replace("status: stable", "status: !!python/object/apply:os.system [id]")
    yield "own-tag", GOOD.replace("status: stable", "status: !exec id")
    for number in range(20):
        yield f"cut-{number}", GOOD[: (number + 1) * len(GOOD) // 24]
    for number in range(12):
        at = chance.randrange(len(GOOD) // 2)
        noise = "".join(chance.choice(string.punctuation) for _sign in range(6))
        yield f"noise-{number}", GOOD[:at] + "\n" + noise + "{[" + GOOD[at:]


def questions() -> Iterator[tuple[str, str | bytes]]:
    """Detections that ask what cannot be asked."""
    for number, (old, new) in enumerate(
        (
            ("upn|contains: '@'", "upn|containz: '@'"), ("upn|contains: '@'", "upn|base64: x"),
            ("upn|contains: '@'", "upn|cidr: x"), ("upn|contains: '@'", "upn|expand: '%nergens%'"),
            ("upn|contains: '@'", "upn|fieldref: nergens"), ("upn|contains: '@'", "upn|contains|startswith: x"),
            ("upn|contains: '@'", "upn: {a: b}"), ("upn|contains: '@'", "upn: []"), ("upn|contains: '@'", "upn: 5"),
            ("upn|contains: '@'", "created|hour: 5"), ("upn|contains: '@'", "enabled: misschien"),
            ("created_days|gte: 7", "created_days|gte: zeven"), ("created_days|gte: 7", "upn|gte: 7"),
            ("staff and old", "staff and"), ("staff and old", "1 of nergens*"), ("staff and old", "oud"),
            ("staff and old", "staff | count() > 5"), ("  condition: staff and old\n", ""),
            ("  condition:", "  timeframe: 5m\n  condition:"), ("default: 7", "default: 70"),
            ("unknown: staff", "unknown: nergens"), ("expect: hit", "expect: misschien"),
            ("product: ibpmon", "product: windows"), ("level: low", "level: laag"), ("{count}", "{count!r}"),
            ("{name}", "{name.__class__}"), ("norms: [SM.01]", "norms: [SM1]"), ("remind: 7d", "remind: soms"),
        )
    ):  # fmt: skip
        assert old in GOOD
        yield f"question-{number}", GOOD.replace(old, new, 1)


PARTS = (keys, kinds, statements, patterns, bombs, bytes_, questions)
