"""One way to make pages and mails from templates: sandboxed, escaped, in the reader's language and the board's time."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from babel.dates import format_date
from jinja2 import BytecodeCache, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from ibpmon import language
from ibpmon.content import shipped
from ibpmon.errors import ContentError
from ibpmon.language import N_, _
from ibpmon.tell.words import level_word, number, said, shown, wrapped

BIGGEST_TEMPLATE = 200_000  # characters


class Templates(FileSystemLoader):
    """The templates of reports/, the board's own before ours; one of unlikely size is refused."""

    def get_source(self, environment: Any, template: str) -> Any:
        """The text of a template."""
        source = super().get_source(environment, template)
        if len(source[0]) > BIGGEST_TEMPLATE:
            raise TemplateError(f"{template}: more than {BIGGEST_TEMPLATE} characters")
        return source


class Compiled(BytecodeCache):
    """Templates compiled once per process and language: a filter of a fixed text is worked out when compiling.

    Jinja compares the text of the file, so that a change is noticed.
    """

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what was compiled before."""
        key = (language.current(), bucket.key)
        if key in self.kept:
            bucket.bytecode_from_string(self.kept[key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self.kept[language.current(), bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


def environment(own: Path | None = None, zone: ZoneInfo | None = None) -> ImmutableSandboxedEnvironment:
    """The environment of mails and reports. `own` is the board's content folder, `zone` its time zone.

    Templates get values and never objects of the engine that can do something; what they miss is an error.
    Jinja's own choice of what to escape looks at the last suffix and would leave .html.j2 unescaped.
    """
    folders = [*([own / "reports"] if own else []), shipped("reports")]
    made = ImmutableSandboxedEnvironment(
        loader=Templates(folders, encoding="utf-8"),
        autoescape=lambda name: bool(name) and str(name).endswith((".html.j2", ".html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=COMPILED,
    )
    made.install_gettext_callables(_, language.ngettext, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    made.filters |= filters(zone or ZoneInfo("Europe/Amsterdam"))
    made.globals["language"] = language.current()
    return made


def filters(zone: ZoneInfo) -> dict[str, Any]:
    """What templates can do with a value."""
    return {
        "shown": shown,
        "said": lambda value: said(value, zone),
        "moment": lambda value: moment(value, zone),
        "day": lambda value: day(value, zone),
        "number": number,
        "level": level_word,
        "wrapped": wrapped,
        "breakable": breakable,
    }


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """A time in the board's own zone: 23 november 2026 11:00."""
    return language.moment(value, zone) if value else _("unknown")


def day(value: date | datetime | None, zone: ZoneInfo) -> str:
    """A day in the board's own zone: 23 november 2026."""
    local = value.astimezone(zone) if isinstance(value, datetime) else value
    return str(format_date(local, "d MMMM y", locale=language.current())) if local else _("unknown")


def breakable(text: str) -> Markup:
    """Text for HTML in which a mail address may break after its @, for narrow screens; escaped here."""
    return Markup("@<wbr>").join(str(text).split("@"))


def render(templates: ImmutableSandboxedEnvironment, name: str, /, **values: Any) -> str:
    """One template filled in; ContentError names the template and the line that does not fit."""
    try:
        return templates.get_template(name).render(values)
    except TemplateError as error:
        raise unusable(name, error) from None


def check(templates: ImmutableSandboxedEnvironment, *names: str) -> None:
    """Whether these templates can be read at all: better told before the work than halfway."""
    for name in names:
        try:
            templates.get_template(name)
        except TemplateError as error:
            raise unusable(name, error) from None


def unusable(name: str, error: TemplateError) -> ContentError:
    """A template that cannot be used."""
    line = getattr(error, "lineno", None)
    return ContentError(
        N_("the template reports/{name} cannot be used"),
        why="{error}",
        fix=N_("correct it, or remove it from your own content folder: then the one of ibpmon is used"),
        name=f"{name}:{line}" if line else name,
        error=error,
    )


def inlined(html: str) -> str:
    """The page with every style on its own element: mail programs drop style sheets. Nothing is fetched."""
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False).inline(html)
