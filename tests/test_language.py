"""Everything a person reads is there in Dutch, with the same values in it."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from ibpmon import language

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("ibpmon/**.py", "python"), ("ibpmon/**.j2", "jinja2"), ("reports/**.j2", "jinja2")]
PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})|%\((\w+)\)s")


def sentences() -> set[str]:
    """Every sentence that the code and the templates mark for translation."""
    found: set[str] = set()
    for folder in ("ibpmon", "reports"):
        for _path, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, [(pattern.split("/", 1)[1], how) for pattern, how in METHODS], keywords=KEYWORDS
        ):
            found.add(message if isinstance(message, str) else message[0])
    return found


def dutch() -> dict[str, tuple[str, ...]]:
    """The Dutch of every sentence, plurals included."""
    path = language.CATALOGUES / "nl" / "LC_MESSAGES" / "ibpmon.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale="nl")
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        )
        for message in catalogue
        if message.id
    }


def test_every_sentence_of_the_engine_is_there_in_dutch() -> None:
    """A director must not meet English in the middle of a letter."""
    known = dutch()
    assert len(sentences()) > 200
    assert sorted(sentence for sentence in sentences() if not all(known.get(sentence, ("",)))) == []


def test_the_dutch_holds_the_same_values_as_the_english() -> None:
    """A value that the translation lost, or a name misspelt in it, shows only when the sentence is said."""

    def values(text: str) -> set[str]:
        return {one or other for one, other in PLACEHOLDER.findall(text)}

    wrong = [
        (sentence, said)
        for sentence, forms in dutch().items()
        for said in forms
        if len(forms) == 1 and values(said) != values(sentence)
    ]
    assert wrong == []


@pytest.mark.parametrize(("spoken", "said"), [("nl", "Gebruik:"), ("en", "Usage:")])
def test_a_sentence_is_said_in_the_language_of_the_moment(spoken: str, said: str) -> None:
    """Dutch unless someone asks for English."""
    language.use(spoken)
    try:
        assert language._("Usage:") == said
    finally:
        language.use(language.FALLBACK)
