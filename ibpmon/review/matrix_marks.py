"""The marks in the cells of a matrix that a board keeps: x, L/S/B, lezen; what is not clear is never guessed."""

import re
from functools import lru_cache

from ibpmon.collect.board_files.sheets import BAD
from ibpmon.collect.board_files.values import RIGHTS as WORDS
from ibpmon.collect.matching import folded
from ibpmon.language import N_, _
from ibpmon.review.access import RIGHTS, Right

LETTERS: dict[str, Right] = {"l": "read", "s": "write", "b": "owner", "ls": "write", "lsb": "owner"}
CROSSES = ("x", "✓", "✔", "☑", "☒", "ja")  # access, without saying how far
NOTHING = ("", "-", "–", "—", "geen", "nee", "n.v.t.", "nvt", "none", "no", "☐")
OWN = re.compile(r"\(?\b(?:alleen |only )?(?:eigen|own)(?: school)?\)?$")
NOTE = re.compile(r"\((?:nieuw|new|was [^()]*)\)\s*$")  # what our own export says of a difference
UNKNOWN = N_("not one of the marks that ibpmon knows here")
SAID_APART = re.compile(r"[;\n]")
TOGETHER = re.compile(r"[\s/,+&]+")

Given = dict[bool, Right]  # the highest right at the own school only (True), and everywhere (False)


class Unclear(Exception):
    """A cell that can mean more than one thing, or nothing; the reason as msgid."""


def given(text: str, crossed: Right) -> Given:
    """What one cell gives; `crossed` is what a bare x stands for."""
    if text.startswith(BAD):
        raise Unclear(text.removeprefix(BAD))
    found: Given = {}
    for part in map(str.strip, SAID_APART.split(NOTE.sub("", folded(text)))):
        own = OWN.search(part)
        words = part[: own.start()].strip() if own else part
        if own and words in NOTHING:
            raise Unclear(N_("not clear: it names a school and no right"))
        if words not in NOTHING:
            right = right_of(words, crossed)
            found[bool(own)] = max(right, found.get(bool(own), right), key=RIGHTS.index)
    return found


def right_of(words: str, crossed: Right) -> Right:
    """The highest of the rights that are named: each holds the ones before it."""
    rights = [one_right(word, crossed) for word in TOGETHER.split(words) if word != "en"]
    if not rights:
        raise Unclear(UNKNOWN)
    return max(rights, key=RIGHTS.index)


def one_right(word: str, crossed: Right) -> Right:
    """One mark as a right."""
    if word in CROSSES:
        return crossed
    if word in LETTERS:
        return LETTERS[word]
    for right in RIGHTS:
        if WORDS.get(word) == right:
            return right
    raise Unclear(UNKNOWN)


@lru_cache(maxsize=4_096)
def is_cross(text: str) -> bool:
    """Whether a cell says that there is access and not how far."""
    return any(word in CROSSES for word in words_in(text))


def words_in(text: str) -> list[str]:
    """Each word of a cell, without what it says of a school or of a difference."""
    said = (OWN.sub("", part.strip()).strip() for part in SAID_APART.split(NOTE.sub("", folded(text))))
    return [word for part in said for word in TOGETHER.split(part)]


@lru_cache(maxsize=4_096)
def gives(text: str) -> bool:
    """Whether a cell certainly gives a right."""
    try:
        return bool(given(text, "read"))
    except Unclear:
        return False


@lru_cache(maxsize=4_096)
def is_letter(text: str) -> bool:
    """Whether a cell gives a right by letters or a cross alone: a legend explains those with words."""
    return gives(text) and all(word in (*LETTERS, *CROSSES, *NOTHING, "en") for word in words_in(text))


@lru_cache(maxsize=4_096)
def is_word(text: str) -> bool:
    """Whether a cell gives a right by a word."""
    return gives(text) and not is_letter(text)


@lru_cache(maxsize=4_096)
def is_likely(text: str) -> bool:
    """Whether a cell gives a right, or is as short as a mark: R, RW, r/w, ?."""
    said = folded(text)
    is_short = said not in NOTHING and len(said) < (3 if said.isalpha() else 4) and not any(map(str.isdigit, said))
    return gives(text) or is_short


def written(rights: Given) -> str:
    """What a cell gives, as it is read back."""
    letters = {"read": "L", "write": "S", "owner": "B"}
    said = [letters[rights[own]] + (" " + _("own school") if own else "") for own in (False, True) if own in rights]
    return "; ".join(said) or "-"
