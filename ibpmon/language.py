"""The sentences of the engine in the reader's language: English in the code, Dutch by default on the screen."""

import gettext as standard
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

LANGUAGES = ("nl", "en")
FALLBACK = "nl"
CATALOGUES = Path(__file__).parent / "locale"

_current = FALLBACK
_asked: ContextVar[str] = ContextVar("language", default="")  # by who reads this answer; others go on in theirs


def use(language: str) -> None:
    """Speak this language from now on, in the whole process: `nl` or `en`."""
    global _current
    _current = language if language in LANGUAGES else FALLBACK


def current() -> str:
    """The language that is spoken now, here."""
    return _asked.get() or _current


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within this speak a language that a reader asked for, beside others who asked for another; unknown: as it was."""
    before = _asked.set(language if language in LANGUAGES else _asked.get())
    try:
        yield
    finally:
        _asked.reset(before)


def use_environment(otherwise: str = FALLBACK) -> None:
    """Speak the language that IBPMON_LANGUAGE asks for; without it, the one of the configuration, or Dutch."""
    use(os.environ.get("IBPMON_LANGUAGE") or otherwise)


def _(message: str) -> str:
    """The sentence in the current language; in English where no translation exists."""
    return catalogue(current()).gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """The sentence for n things in the current language."""
    return catalogue(current()).ngettext(one, many, n)


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Marks a sentence for translation that is said later."""
    return message


def meant(word: object, known: Iterable[str]) -> str:
    """' - did you mean ...?' when something known looks like the word, and otherwise nothing."""
    from difflib import get_close_matches

    names = {name.casefold(): name for name in known}
    close = get_close_matches(str(word).casefold(), list(names), n=1, cutoff=0.6)
    return " - " + _("did you mean '{word}'?").format(word=names[close[0]]) if close else ""


@cache
def catalogue(language: str) -> standard.NullTranslations:
    """The translations of one language, read from its .po file: no compiled file to keep in step."""
    path = CATALOGUES / language / "LC_MESSAGES" / "ibpmon.po"
    if not path.is_file():
        return standard.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return standard.GNUTranslations(compiled)


def speak_through_click() -> None:
    """Let click's own words ("Usage:", "Options:") come from our catalogue too; call it before click is imported.

    Click takes its sentences from the process-wide gettext, which reads compiled files only.
    """
    standard.gettext = _
    standard.ngettext = ngettext  # type: ignore[assignment]  # same shape, other parameter names


def moment(value: datetime, zone: ZoneInfo) -> str:
    """A time as a person reads it: 23 november 2026 10:00; midnight begins a day and needs no clock."""
    from babel.dates import format_datetime

    local = value.astimezone(zone)
    begins = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    pattern = "d MMMM y" if begins else "d MMMM y HH:mm"
    return str(format_datetime(value, pattern, tzinfo=zone, locale=current()))
