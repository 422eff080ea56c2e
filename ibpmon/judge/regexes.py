"""Reads a regular expression and writes it for both databases: what RE2 and PostgreSQL can say alike, and no more.

Letters, classes, groups, repeats, anchors and alternatives are taken apart here and written anew, so that no sign can
mean one thing to the one engine and another to the other. Neither ever goes back over a text that it has read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ibpmon.language import _

LONGEST = 1_000  # signs of a pattern
LARGEST = 250  # signs under repeats, when every repeat is written out: PostgreSQL's time to read grows with its cube
WORDS = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
KINDS = {"d": (("0", "9"),), "w": WORDS, "s": (("\t", "\n"), ("\f", "\r"), (" ", " "))}
CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
LAST = "\U0010ffff"
MEANING = frozenset("\\.[]()*+?{}|^$")

Span = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A piece of a pattern, for RE2 and for PostgreSQL, and how large it is with every repeat written out."""

    re2: str
    postgresql: str
    size: int = 1
    loops: int = 0  # how much of that stands under a repeat
    place: bool = False  # it stands for a place between signs, such as the beginning

    def __add__(self, other: "Pattern") -> "Pattern":
        """One after the other."""
        both = (self.re2 + other.re2, self.postgresql + other.postgresql)
        return Pattern(*both, self.size + other.size, self.loops + other.loops)


class Refused(Exception):
    """A pattern that we do not take; its text says why."""


def read_pattern(text: str, flags: str = "") -> Pattern:
    """The pattern for both databases; `flags` are i, m and s. Raises Refused with the reason."""
    if len(text) > LONGEST:
        raise Refused(_("a pattern has at most {n} signs").format(n=LONGEST))
    if "\0" in text:
        raise Refused(_("the sign NUL cannot be searched for"))
    reader = Reader(text, flags)
    found = reader.alternatives(0)
    if reader.at < len(text):
        raise Refused(_("the bracket '{sign}' closes nothing").format(sign=text[reader.at]))
    return Pattern(f"(?m){found.re2}", f"(?w){found.postgresql}") if "m" in flags else found


def sign(letter: str) -> Pattern:
    """One sign that means itself."""
    if letter.isascii() and letter.isalnum():
        return Pattern(letter, letter)
    return Pattern(f"\\x{{{ord(letter):x}}}", f"\\U{ord(letter):08x}")


def any_of(spans: list[Span]) -> Pattern:
    """One sign out of these."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and ord(first) <= ord(merged[-1][1]) + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    if not merged:
        raise Refused(_("this class holds no sign"))
    ends = [(sign(first), sign(last)) for first, last in merged]
    return Pattern(
        f"[{''.join(f'{first.re2}-{last.re2}' for first, last in ends)}]",
        f"[{''.join(f'{first.postgresql}-{last.postgresql}' for first, last in ends)}]",
    )


def all_but(spans: list[Span]) -> list[Span]:
    """Every sign that is not among these."""
    rest: list[Span] = []
    start = 1  # NUL is in no text
    for first, last in sorted(spans):
        if ord(first) > start:
            rest.append((chr(start), chr(ord(first) - 1)))
        start = max(start, ord(last) + 1)
    return [*rest, (chr(start), LAST)] if start <= ord(LAST) else rest


def both_cases(spans: list[Span]) -> Iterator[Span]:
    """These signs, and of the letters A to Z the other form too; as everywhere, é and É stay two letters."""
    for first, last in spans:
        yield first, last
        for low, high, shift in (("A", "Z", 32), ("a", "z", -32)):
            begin, end = max(first, low), min(last, high)
            if begin <= end:
                yield chr(ord(begin) + shift), chr(ord(end) + shift)


class Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str, flags: str) -> None:
        self.text, self.flags, self.at = text, flags, 0

    def peek(self, length: int = 1) -> str:
        """What comes next."""
        return self.text[self.at : self.at + length]

    def take(self, length: int = 1) -> str:
        """What comes next, and go on behind it."""
        taken = self.peek(length)
        if len(taken) < length:
            raise Refused(_("the pattern ends too early"))
        self.at += length
        return taken

    def alternatives(self, depth: int) -> Pattern:
        """Branches with | between them, to the end or to a bracket that closes."""
        if depth > 10:
            raise Refused(_("this nests too deep or is too long for a rule"))
        branches = [self.branch(depth)]
        while self.peek() == "|":
            self.take()
            branches.append(self.branch(depth))
        loops = sum(branch.loops for branch in branches)
        if loops > LARGEST:
            raise Refused(_("this pattern becomes too large: repeat less"))
        if len(branches) == 1:
            return branches[0]
        return Pattern(
            f"(?:{'|'.join(branch.re2 for branch in branches)})",
            f"(?:{'|'.join(branch.postgresql for branch in branches)})",
            sum(branch.size for branch in branches),
            loops,
        )

    def branch(self, depth: int) -> Pattern:
        """Pieces one after the other."""
        found = Pattern("", "", 0)
        while self.peek() not in ("", "|", ")"):
            found += self.repeated(self.piece(depth))
        return found

    def piece(self, depth: int) -> Pattern:
        """One sign, class, group or place."""
        letter = self.take()
        if letter == "(":
            return self.group(depth)
        if letter == "[":
            return any_of(self.members())
        if letter == ".":
            return any_of(all_but([] if "s" in self.flags else [("\n", "\n")]))
        if letter in "^$":
            return Pattern(*self.place(letter), place=True)
        if letter == "\\":
            return self.escaped()
        if letter in "*+?{":
            raise Refused(_("there is nothing before '{sign}' to repeat").format(sign=letter))
        return self.sign(letter)

    def place(self, letter: str) -> tuple[str, str]:
        """The beginning or the end: of the text, or with the flag m of a line."""
        if "m" in self.flags:
            return letter, letter
        return ("\\A", "\\A") if letter == "^" else ("\\z", "\\Z")

    def sign(self, letter: str) -> Pattern:
        """One sign, with the flag i in both cases."""
        if "i" in self.flags and letter.isascii() and letter.isalpha():
            return any_of([*both_cases([(letter, letter)])])
        return sign(letter)

    def group(self, depth: int) -> Pattern:
        """What stands between brackets; nothing is remembered of it."""
        if self.peek() == "?":
            if self.peek(2) != "?:":
                raise Refused(_("'({sign}' is not possible: looking ahead, looking back, names and flags in a pattern")
                              .format(sign=self.peek(2)))  # fmt: skip
            self.take(2)
        inside = self.alternatives(depth + 1)
        if self.peek() != ")":
            raise Refused(_("a bracket is not closed"))
        self.take()
        both = (f"(?:{inside.re2})", f"(?:{inside.postgresql})")
        return Pattern(*both, inside.size, inside.loops, place=inside.place or not inside.size)

    def escaped(self) -> Pattern:
        """What a backslash makes of the next sign."""
        letter = self.take()
        if letter in "Az":
            ends = ("\\A", "\\A") if letter == "A" else ("\\z", "\\Z")
            return Pattern(*ends, place=True)
        if letter.lower() in KINDS:
            spans = list(KINDS[letter.lower()])
            return any_of(all_but(spans) if letter.isupper() else spans)
        return self.sign(self.literal(letter))

    def literal(self, letter: str) -> str:
        """The sign that stands behind a backslash."""
        if letter in CONTROLS:
            return CONTROLS[letter]
        if letter.isdigit():
            raise Refused(_("'\\{sign}' is not possible: going back to what was found before").format(sign=letter))
        if letter.isalpha() or not letter.isascii():
            raise Refused(_("'\\{sign}' does not mean the same on every database").format(sign=letter))
        return letter

    def members(self) -> list[Span]:
        """The signs of a class, behind its bracket."""
        negated = self.peek() == "^"
        if negated:
            self.take()
        spans: list[Span] = []
        first = True
        while first or self.peek() != "]":
            first = False
            spans += self.member()
        self.take()
        spans = [*both_cases(spans)] if "i" in self.flags else spans
        return all_but(spans) if negated else spans

    def member(self) -> list[Span]:
        """One sign, range or kind of signs in a class."""
        if self.peek(2) in ("[:", "[.", "[="):
            raise Refused(_("write the signs of a class one by one, as [a-z0-9]"))
        begin = self.take()
        if begin == "\\":
            letter = self.take()
            if letter.lower() in KINDS:
                kind = list(KINDS[letter.lower()])
                return all_but(kind) if letter.isupper() else kind
            begin = self.literal(letter)
        if self.peek() != "-" or self.peek(2) in ("-", "-]"):
            return [(begin, begin)]
        self.take()
        end = self.take()
        if end == "\\":
            end = self.literal(self.take())
        if end < begin:
            raise Refused(_("'{first}-{last}' runs the wrong way").format(first=begin, last=end))
        return [(begin, end)]

    def repeated(self, piece: Pattern) -> Pattern:
        """A piece with how often it may come; whether it takes much or little makes no difference here."""
        while (letter := self.peek()) and letter in "*+?{":
            if piece.place:
                raise Refused(_("there is nothing before '{sign}' to repeat").format(sign=letter))
            least, most = self.bounds()
            if self.peek() == "?":
                self.take()
            if self.peek() in ("+", "*", "?", "{"):
                raise Refused(_("repeat a thing once; put brackets around it to repeat that again"))
            how = f"{{{least},{'' if most is None else most}}}"
            how = {"{0,}": "*", "{1,}": "+", "{0,1}": "?"}.get(how, how)
            size = piece.size * max(1, least, most or 0)
            if size > LARGEST:
                raise Refused(_("this pattern becomes too large: repeat less"))
            piece = Pattern(piece.re2 + how, piece.postgresql + how, size, size)
        return piece

    def bounds(self) -> tuple[int, int | None]:
        """How often at least and at most."""
        letter = self.take()
        if letter != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[letter]
        end = self.text.find("}", self.at)
        least, comma, most = self.text[self.at : end].partition(",") if end > 0 else ("", "", "")
        numbers = [least, most] if most else [least]
        if not all(number.isascii() and number.isdigit() and len(number) < 4 for number in numbers):
            raise Refused(_("write how often as {{2}}, {{2,}} or {{2,5}}, or put a \\ before the bracket").format())
        low = int(least)
        high = int(most) if most else None if comma else low
        if high is not None and (high < low or not high):
            raise Refused(_("write how often as {{2}}, {{2,}} or {{2,5}}, or put a \\ before the bracket").format())
        self.at = end + 1
        return low, high
