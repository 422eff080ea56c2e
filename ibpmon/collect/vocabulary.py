"""What a connector may say: its keys, their values, and which source and shape each belongs to."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from ibpmon import config
from ibpmon.language import N_, _, meant
from ibpmon.providers.budget import LIMITS
from ibpmon.store.collected import FieldType

SOURCES = ("graph", "sharepoint", "datto", "file")
SHAPES = ("list", "single", "since", "each", "delta", "part", "query")
EVENTS = ("since", "query")  # the shapes that bring events; the others bring state
VERSIONS = ("beta",)
BUDGETS = tuple(LIMITS)
SUBJECTS = ("staff", "pupil", "guest", "none")
LICENCES = ("P1", "P2", "Intune", "SharePoint")
FILES = ("staff", "pupils", "devices", "classification", "consents", "overrides", "announcements", "applications")
TYPES: tuple[str, ...] = get_args(FieldType)
RESERVED = ("tenant_id", "month", "seq", "run_id", "first_seen", "last_seen", "gone_at", "gone", "absent")
PREFER = (
    "hierarchicalsharing", "deltashowremovedasdeleted", "deltatraversepermissiongaps", "deltashowsharingchanges",
    "include-unknown-enum-members",
)  # fmt: skip
EVENT_TYPES = ("interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity")

MARKUP = re.compile(r"\{|\}|\$\(|<%|`")  # what template and expression languages begin with
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
STEM = re.compile(r"[a-z][a-z0-9-]{0,39}")
PERMISSION = re.compile(r"(SharePoint:)?[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)*(\.[A-Za-z]+)+")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
OPERATION = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,79}")
STEP = r"(@[a-z]+\.[A-Za-z]+|[A-Za-z][A-Za-z0-9_]*)"
PATH = re.compile(rf"{STEP}(\.{STEP})*")
LIST = re.compile(rf"{WORD.pattern}(@delta|(\.{WORD.pattern})*)")
EXPANDED = re.compile(rf"{WORD.pattern}(/{WORD.pattern})*")
# A function may have one plain value or field of the parent: lists(guid'{list_id}'), servicePrincipals(appId='...').
VALUE = r"\(([A-Za-z]+=|guid)?'([A-Za-z0-9-]+|\{[a-z][a-z0-9_]*\})'\)"
PART = rf"([A-Za-z0-9_.-]+({VALUE})?|\{{[a-z][a-z0-9_]*\}})"
ENDPOINT = re.compile(rf"(\{{[a-z][a-z0-9_]*\}}/_api)?(/{PART})+")
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")

ASKED = ("graph", "sharepoint", "datto")  # sources that are asked over the network
STATE = ("list", "single", "each", "delta", "part")

NEEDED = ("title", "purpose", "subjects", "source", "shape", "permissions", "every", "retention")
BY_SHAPE: Mapping[str, tuple[str, ...]] = {
    "list": (),
    "single": (),
    "since": ("time", "window", "overlap", "history"),
    "each": ("over",),
    "delta": (),
    "part": ("over", "list"),
    "query": ("time", "window", "overlap", "history"),
}
# A key that stands here belongs to these shapes only.
ONLY_WITH: Mapping[str, tuple[str, ...]] = {
    "time": EVENTS,
    "window": EVENTS,
    "overlap": EVENTS,
    "history": EVENTS,
    "history_without_p1": ("since",),
    "into": ("since",),
    "event_type": ("since",),
    "sweep": ("since",),
    "operations": ("query",),
    "over": ("each", "delta", "part"),
    "unless": ("each", "delta"),
    "only": ("each", "delta"),
    "onedrives": ("each", "delta"),
    "changed": ("each",),
    "full": ("each", "delta"),
    "list": ("part",),
    "with": ("delta",),
    "count": ("list", "delta"),
    "versions": STATE,
    "never_empty": STATE,
    "may_empty": STATE,
    "where": ("list", "each"),
    "expand": ("list", "single", "each"),
    "rows": ("list", "since", "each"),
}
# A key that stands here belongs to these sources only.
ONLY_FROM: Mapping[str, tuple[str, ...]] = {
    "endpoint": ASKED,
    "version": ("graph",),
    "prefer": ("graph",),
    "count": ("graph",),
    "event_type": ("graph",),
    "cost": ASKED,
    "page": ASKED,
    "select": ASKED,
    "expand": ASKED,
    "where": ("graph", "sharepoint"),
    "rows": ("datto",),
    "file": ("file",),
}
# What a part has no use for: its rows stand in answers that another connector asks for.
NOT_ASKED = ("endpoint", "page", "cost", "select", "expand", "where", "rows", "prefer", "version", "budget")


class Wrong(Exception):
    """A value that does not fit, with the sentence that says so."""


Check = Callable[[Any], Any]


def sentence(value: Any) -> str:
    """Words for a person; nothing that a template language would take up."""
    if not isinstance(value, str) or not value.strip() or len(value) > 500 or not value.isprintable():
        raise Wrong(_("write a short text on one line"))
    if MARKUP.search(value):
        raise Wrong(_("a connector holds no templates or expressions"))
    return value


def one_of(choices: Sequence[str]) -> Check:
    """One word of a closed list."""

    def check(value: Any) -> Any:
        if value not in choices:
            choose = _("choose one of: {choices}").format(choices=", ".join(choices))
            raise Wrong(f"'{value}'? " + choose + meant(value, choices))
        return value

    return check


def all_of(check: Check, *, least: int = 0) -> Check:
    """A list in which each item passes the check."""

    def checks(value: Any) -> Any:
        if not isinstance(value, list) or len(value) < least:
            raise Wrong(_('write a list, as ["..."]'))
        return tuple(check(item) for item in value)

    return checks


def matching(pattern: re.Pattern[str], wanted: str) -> Check:
    """A text that fits a pattern; `wanted` says, as a msgid, what is expected."""

    def check(value: Any) -> Any:
        if not isinstance(value, str) or len(value) > 200 or not pattern.fullmatch(value):
            raise Wrong(_(wanted))
        return value

    return check


def span(value: Any) -> Any:
    """A span of time above zero, as 15m, 24h or 7d."""
    try:
        length = config.duration(value)
    except ValueError:
        length = None
    if not isinstance(value, str) or not length:
        raise Wrong(_("write a span of time as 15m, 24h or 7d"))
    return length


def truth(value: Any) -> Any:
    """true or false, and not a word that looks like it."""
    if not isinstance(value, bool):
        raise Wrong(_("write true or false"))
    return value


def number(most: int, wanted: str) -> Check:
    """A whole number from 1; `wanted` says, as a msgid, how far it goes."""

    def check(value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise Wrong(_(wanted))
        return value

    return check


def any_number(value: Any) -> Any:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong(_("write a whole number"))
    return value


def endpoint(value: Any) -> Any:
    """A path with at most fields of the parent in it: no address, no query, no dot segments."""
    matching(ENDPOINT, N_("write a path as /groups/{group_id}/members, without query"))(value)
    if any(part in (".", "..") for part in value.split("/")):
        raise Wrong(_("write a path as /groups/{group_id}/members, without query"))
    return value


def steps(value: Any) -> Any:
    """Where a field stands in the answer: names with dots between; an annotation as @odata.type is one name."""
    matching(PATH, N_("write where it stands in the answer, as id or status.errorCode"))(value)
    return tuple(match[0] for match in re.finditer(STEP, value))


def inner_list(value: Any) -> Any:
    """Where the list of a part stands in its parent's answer."""
    matching(LIST, N_("write where the list stands in the parent's answer, as members@delta or Member.Users"))(value)
    return tuple(value.split("."))


def table(value: Any) -> Any:
    """The table of fields; looked into elsewhere."""
    return value


name_of_field = matching(NAME, N_("write the name of a field"))
name_of_connector = matching(STEM, N_("write the name of a connector"))
name_in_answer = matching(WORD, N_("write a name as it stands in the answer, as devices"))

KEYS: Mapping[str, Check] = {
    "title": sentence,
    "purpose": sentence,
    "subjects": all_of(one_of(SUBJECTS), least=1),
    "source": one_of(SOURCES),
    "version": one_of(VERSIONS),
    "endpoint": endpoint,
    "shape": one_of(SHAPES),
    "off": truth,
    "over": name_of_connector,
    "unless": name_of_field,
    "only": name_of_field,
    "onedrives": name_of_field,
    "changed": truth,
    "list": inner_list,
    "with": name_in_answer,
    "full": span,
    "time": name_of_field,
    "page": number(1000, N_("write a number from 1 to 1000")),
    "cost": number(20, N_("write a number from 1 to 20")),
    "select": truth,
    "expand": all_of(matching(EXPANDED, N_("write a name as it stands in the answer, as Member/Users")), least=1),
    "where": name_in_answer,
    "rows": name_in_answer,
    "prefer": all_of(one_of(PREFER), least=1),
    "count": truth,
    "never_empty": truth,
    "may_empty": truth,
    "versions": truth,
    "into": name_of_connector,
    "event_type": one_of(EVENT_TYPES),
    "sweep": span,
    "operations": all_of(matching(OPERATION, N_("write the name of an operation, as SharingSet")), least=1),
    "window": span,
    "overlap": span,
    "history": span,
    "history_without_p1": span,
    "permissions": all_of(matching(PERMISSION, N_("write a permission as User.Read.All"))),
    "requires": one_of(LICENCES),
    "budget": one_of(BUDGETS),
    "every": span,
    "retention": span,
    "file": one_of(FILES),
    "fields": table,
}

FIELD_KEYS: Mapping[str, Check] = {
    "from": steps,
    "parent": name_of_field,
    "type": one_of(TYPES),
    "key": truth,
    "index": truth,
    "usual": any_number,
    "why": sentence,
}
