"""A review as data for paper: the values of the page in HTML, said in sentences, for a template that only lays out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_date

from ibpmon import language
from ibpmon.language import N_, _, ngettext
from ibpmon.report.figures import Fitting, Line, Place, Question, Source, Unread, place_name
from ibpmon.review.items import Item, Said, Words
from ibpmon.tell.exceptions import Told
from ibpmon.tell.words import number, shown

TONES: Mapping[str, str] = {"CONFORM": "good", "DEVIATION": "bad", "UNKNOWN": "open", "NO_RULE": "open"}
Data = dict[str, Any]  # what JSON can hold
Values = Mapping[str, Any]  # what the page in HTML is made of, by the same names


def review_on_paper(values: Values) -> Data:
    """Everything that stands in the PDF of one review, in the order of reading."""
    return {
        "language": language.current(),
        "made": values["now"].isoformat(),
        "title": title(values),
        "board": shown(values["board"], links=True),
        "page": _("page {n} of {all}"),
        "facts": facts(values),
        "ask": ask(values),
        "numbers": numbers(values),
        "numbers_note": _(
            "An access is one person, link or group with one place or role: %(n)s in all. "
            "The small numbers point to the sources below."
        )
        % {"n": number(values["totals"].items)},
        "questions": questions(values),
        "sections": [one for one in sections(values) if one],
        "signature": signature(),
        "footer": _(
            "Made by ibpmon. Nothing was changed in Microsoft 365. This page holds personal data: "
            "keep it where only you and ICT can read it."
        ),
    }


def title(values: Values) -> str:
    """What the document is called."""
    return _("Access review: %(name)s") % {"name": shown(values["process"].name)}


# ---------------------------------------------------------------- the first page


def facts(values: Values) -> list[Data]:
    """For whom, when, of when, and by which matrix."""
    since = values["data_from"]
    pairs = {
        _("For"): shown(values["process"].owner, links=True),
        _("Made on"): moment(values["now"], values),
        _("Data of"): _("%(time)s or later") % {"time": moment(since, values)} if since else _("not read"),
        _("Matrix"): matrix(values),
    }
    return [{"label": label, "value": value} for label, value in pairs.items()]


def matrix(values: Values) -> str:
    """The version of the matrix, and who approved it."""
    content = values["matrix"].content
    return _("version %(version)s, approved on %(day)s by %(name)s") % {
        "version": shown(content.version),
        "day": day(content.approved_on),
        "name": shown(content.approved_by),
    }


def ask(values: Values) -> Data:
    """What the owner is asked to do."""
    deviations = values["totals"].deviations
    if not deviations:
        return {"title": _("What is asked of you"), "text": calm(values), "answers": [], "after": ""}
    text = ngettext(
        "You answer for this process. %(num)s access does not fit the matrix. Look at it and tick one answer.",
        "You answer for this process. %(num)s accesses do not fit the matrix. Look at each and tick one answer.",
        deviations,
    )
    after = _("Then sign on the last page and give this to ICT. An empty answer is no approval.")
    meanings = (f"{_('Right, until')} …", _("Take away"), _("I do not know"))
    answers = [{"answer": word, "means": _(why)} for word, why in zip(meanings, MEANINGS, strict=True)]
    return {
        "title": _("What is asked of you"),
        "text": text % {"num": deviations},
        "answers": answers,
        "after": after,
    }


MEANINGS = (
    N_("This access is needed. Write down the last day."),
    N_("This access is not needed. ICT will take it away."),
    N_("That is an answer too. ICT will find out."),
)


def calm(values: Values) -> str:
    """What is asked where nothing deviates."""
    totals = values["totals"]
    if totals.items and not totals.unread and not totals.unknown and not totals.no_rule:
        return _("All access fits the matrix. See whether you agree and sign on the last page.")
    if totals.places:
        return _(
            "We found no access that goes against the matrix. But not everything could be read or judged: "
            "see below what is missing. See whether you agree and sign on the last page."
        )
    return _(
        "For this process we found no group and no site. So there is nothing to review, and that is probably not "
        "right: have ICT check the names in the matrix."
    )


def numbers(values: Values) -> list[Data]:
    """The numbers, each with the sources that it was counted from."""
    totals, notes = values["totals"], values["notes"]
    judged = notes["judged"]
    found = [
        figure(totals.people, ngettext("person with access", "people with access", totals.people), notes["people"]),
        figure(totals.places, ngettext("place or role", "places and roles", totals.places), notes["places"]),
        figure(totals.conform, ngettext("access fits", "accesses fit", totals.conform), judged, "good"),
        figure(totals.deviations, ngettext("does not fit", "do not fit", totals.deviations), judged, "bad"),
        figure(totals.unknown, _("cannot be judged"), judged, "open"),
        figure(totals.unread, ngettext("time not read", "times not read", totals.unread), judged, "open"),
    ]
    if totals.no_rule:
        found.insert(5, figure(totals.no_rule, _("without a rule"), judged, "open"))
    return found


def figure(count: int, label: str, sources: Sequence[int], tone: str = "") -> Data:
    """One number; nothing wrong has no colour."""
    return {"number": number(count), "label": label, "notes": list(sources), "tone": tone if count else ""}


# ---------------------------------------------------------------- the questions


def questions(values: Values) -> Data:
    """The deviations, those about one person together, each with its empty answers."""
    many = values["totals"].deviations > values["too_many"]
    notice = _(
        "These are many questions at once. You need not answer all of them today. "
        "Ask ICT whether the matrix is precise enough."
    )
    return {
        "title": _("Does not fit the matrix"),
        "notice": notice if many else "",
        "none": "" if values["asked"] else _("We found nothing that goes against the matrix."),
        "answers": [_("Right, until"), _("Take away"), _("I do not know")],
        "about": [about(together, values["words"]) for together in values["asked"]],
    }


def about(together: Sequence[Question], words: Words) -> Data:
    """Everything that is asked about one person, link or group."""
    first = together[0].item
    return {
        "who": words.who(first.access.principal),
        "notice": _("This is about you. Have somebody else answer it.") if first.own else "",
        "questions": [question(one) for one in together],
    }


def question(one: Question) -> Data:
    """One deviation."""
    person = one.item.access.principal.person
    return {
        "number": str(one.number),
        "risks": list(one.risks),
        "said": [sentence(said) for said in one.said],
        "ways": [_("also: %(way)s") % {"way": way} if person else way for way in one.ways],
    }


def sentence(said: Said) -> list[Data]:
    """A sentence in parts, with what stands out in it."""
    return [{"text": text, "bold": bold} for text, bold in said.parts]


# ---------------------------------------------------------------- everything below


def sections(values: Values) -> Iterable[Data | None]:
    """The parts under the questions; each is a title with blocks."""
    yield unknown(values)
    yield no_rule(values)
    yield fitting(values["fitting"])
    yield reached(values)
    yield accepted(values)
    yield unread(values)
    yield origin(values)


def unknown(values: Values) -> Data | None:
    """People of whom we know too little."""
    if not values["unknown"]:
        return None
    text = _("These people have access, but we know too little of them to say whether it fits.")
    heads = [_("Who"), _("Where"), _("May do"), _("Why")]
    rows = [unknown_row(item, values["words"]) for item in values["unknown"]]
    return section(_("Cannot be judged"), paragraph(text), table("", heads, [3, 3, 2, 4], rows))


def unknown_row(item: Item, words: Words) -> list[Data]:
    """One of them."""
    access = item.access
    why = " ".join(said.text for said in words.verdict(item))
    return [
        cell(words.who(access.principal), strong=True),
        cell(place_name(access.resource)),
        cell(words.right(access)),
        cell(why),
    ]


def no_rule(values: Values) -> Data | None:
    """Places that no rule is about."""
    text = _("You answer for these places, but the matrix has no rule for them. Tell ICT who belongs there.")
    names = values["no_rule"]
    return section(_("The matrix says nothing about this"), paragraph(text), listing(names)) if names else None


def fitting(found: Sequence[Fitting]) -> Data | None:
    """What fits, per rule of the matrix: to see whether the rules themselves are right."""
    if not found:
        return None
    text = _("This is what the matrix allows and what people have. Tell ICT when a rule itself is not right.")
    heads = [_("Role in the matrix"), _("Where"), _("May do at most"), _("People")]
    rows = [
        [cell(one.role, strong=True), cell(one.place), cell(one.allowed), cell(number(one.people))] for one in found
    ]
    return section(_("Fits the matrix, per rule"), paragraph(text), table("", heads, [4, 5, 3, 1.4], rows))


def reached(values: Values) -> Data:
    """Every group and site with everyone who reaches it."""
    none = _("No group and no site has a name that stands in the matrix for this process.")
    blocks = [block for one in values["places"] for block in place(one, values["notes"]["people"])]
    return section(_("Who can reach what"), *(blocks or [paragraph(none)]))


def place(one: Place, notes: Sequence[int]) -> Iterable[Data]:
    """One group or site: its name, how people come in, and a row for each of them."""
    yield {"kind": "heading", "text": capital(place_name(one.resource))}
    yield {"kind": "facts", "parts": place_facts(one), "notes": list(notes), "gap": gap(one.unread)}
    if not one.lines:
        yield paragraph(_("As far as was read, nobody reaches this place."))
        return
    heads = [_("Who"), _("Function and school"), _("May do"), _("Through"), _("Matrix")]
    yield table("", heads, [2.4, 2.6, 1.9, 3, 1.9], [line(row) for row in one.lines])


def place_facts(one: Place) -> list[str]:
    """How many people and by which way, the address, and of which day it is."""
    people = ngettext("%(num)s person", "%(num)s people", one.people) % {"num": one.people}
    routes = ", ".join(f"{number(count)} {word}" for word, count in one.routes)
    told = [f"{people}: {routes}" if routes else people]
    told += [shown(one.address)] if one.address else []
    as_of = one.resource.as_of
    return [*told, *([_("as of %(day)s") % {"day": day(as_of)}] if as_of else [])]


def gap(times: int) -> str:
    """That there may be more than is listed."""
    told = ngettext(
        "%(num)s time not read: there may be more access", "%(num)s times not read: there may be more access", times
    )
    return told % {"num": times} if times else ""


def line(row: Line) -> list[Data]:
    """One row of a place."""
    asked = " ({})".format(_("question %(n)s") % {"n": row.question}) if row.question else ""
    return [
        cell(row.who, strong=True),
        cell(row.role),
        cell(row.right),
        cell(*row.ways),
        cell(row.verdict + asked, tone=TONES[row.outcome], strong=True),
    ]


def accepted(values: Values) -> Data:
    """The accepted risks about these places, and how many there are at the board."""
    blocks, running = [], len(values["risks"].running)
    if values["accepted"]:
        caption = _("Somebody with the mandate accepted these risks about the places on this page, until a day.")
        heads = [_("Risk"), _("Reason"), _("Approved by"), _("Since"), _("End")]
        rows = [accepted_row(one, values) for one in values["accepted"]]
        blocks.append(table(caption, heads, [3, 3, 2, 2, 2], rows))
    elif running:
        blocks.append(paragraph(_("As far as ibpmon can tell, no accepted risk is about a place on this page.")))
    return section(_("Accepted risks"), *blocks, paragraph(at_the_board(running)))


def accepted_row(one: Told, values: Values) -> list[Data]:
    """One accepted risk."""
    return [
        cell(shown(one.title), small=shown(one.sentence, 400), strong=True),
        cell(shown(one.reason, 400)),
        cell(shown(one.approved_by)),
        cell(moment(one.since, values)),
        cell(values["until_word"](one.until)),
    ]


def at_the_board(running: int) -> str:
    """How many risks are accepted in all."""
    if not running:
        return _("At this board no accepted risk runs now.")
    told = ngettext(
        "At the whole board %(num)s accepted risk runs now. The page with all reviews (%(page)s) says which.",
        "At the whole board %(num)s accepted risks run now. The page with all reviews (%(page)s) says which.",
        running,
    )
    return told % {"num": running, "page": "index.html"}


def unread(values: Values) -> Data:
    """What nobody looked into, and what is never in a review."""
    rows, left_out = values["unread"], values["left_out"]
    text = _("We did not look into this. So we do not know whether access is missing from this page here.")
    all_read = _("Everything about these places that ibpmon can read was read.")
    heads = [_("Where"), _("What"), _("Why")]
    listed = table(_("What nobody looked into"), heads, [3, 4, 4], [unread_row(row) for row in rows])
    never = _(
        "Rights on single folders and files, and the owners of groups, are not on this page; this is about whole "
        "libraries and members."
    )
    drives = ngettext(
        "%(num)s OneDrive was left out: it is somebody's own and belongs to no process.",
        "%(num)s OneDrives were left out: they are somebody's own and belong to no process.",
        left_out,
    )
    blocks = [paragraph(text), listed] if rows else [paragraph(all_read)]
    return section(_("Not read"), *blocks, paragraph(f"{never} {drives % {'num': left_out}}", small=True))


def unread_row(row: Unread) -> list[Data]:
    """One thing that was not read."""
    return [cell(row.place, strong=True), cell(f"{_('not read:')} {row.what}", tone="open"), cell(row.reason)]


def origin(values: Values) -> Data:
    """The sources that the small numbers point to, what is lost for good, and the fingerprint of the matrix."""
    caption = _("Every number on this page was counted from these sources.")
    heads = [_("Source"), _("Data of"), _("Round"), _("Rows"), _("Newest attempt")]
    rows = [source_row(one, values) for one in values["sources"]]
    fingerprint = _("Matrix: version %(version)s, fingerprint %(hash)s") % {
        "version": shown(values["matrix"].content.version),
        "hash": values["matrix"].hash[:16],
    }
    blocks = [table(caption, heads, [4, 2.6, 1, 1.2, 3], rows), *lost(values), paragraph(fingerprint, small=True)]
    return section(_("Where this comes from"), *blocks)


def source_row(one: Source, values: Values) -> list[Data]:
    """One source with the run that its data comes from."""
    reading = one.reading
    reason = f": {shown(reading.reason)}" if reading.reason else ""
    return [
        cell(f"{one.number}. {one.title}", small=one.connector, strong=True, target=one.number),
        cell(moment(reading.at, values) if reading.at else _("not read")),
        cell("–" if reading.run_id is None else str(reading.run_id)),
        cell(number(reading.rows)),
        cell(one.state + reason, tone="good" if reading.state == "FULL" else "open"),
    ]


def lost(values: Values) -> list[Data]:
    """Days that nobody can read any more."""
    text = _(
        "These days can no longer be read by anyone: Microsoft did not keep them long enough. "
        "Nothing is known about them."
    )
    told = _("%(source)s: from %(begins)s to %(ends)s")
    days = [
        told % {"source": one.title, "begins": moment(one.begins, values), "ends": moment(one.ends, values)}
        for one in values["holes"]
    ]
    return [paragraph(text), listing(days)] if days else []


def signature() -> Data:
    """Where the owner signs, and under which words."""
    text = _("I have looked at the access on this page and answered every question.")
    return {"title": _("Signature"), "text": text, "fields": [_("Name"), _("Date"), _("Signature")]}


# ---------------------------------------------------------------- what it is all made of


def section(title: str, *blocks: Data) -> Data:
    """A title with what stands under it."""
    return {"title": title, "blocks": list(blocks)}


def paragraph(text: str, small: bool = False) -> Data:
    """A piece of text."""
    return {"kind": "text", "text": text, "small": small}


def listing(lines: Sequence[str]) -> Data:
    """A list with a dot before each line."""
    return {"kind": "list", "lines": list(lines)}


def table(caption: str, heads: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[Data]]) -> Data:
    """A table; its columns get these shares of the width."""
    return {"kind": "table", "caption": caption, "heads": list(heads), "widths": list(widths), "rows": list(rows)}


def cell(*lines: str, small: str = "", tone: str = "", strong: bool = False, target: int = 0) -> Data:
    """A cell of one line or more; `target` is the number that a small number elsewhere points with."""
    return {"lines": list(lines), "small": small, "tone": tone, "strong": strong, "target": target}


def capital(text: str) -> str:
    """A text as it begins a line."""
    return text[:1].upper() + text[1:]


def moment(value: datetime, values: Values) -> str:
    """A time as a person reads it, in the board's own zone."""
    return language.moment(value, values["words"].zone)


def day(value: date) -> str:
    """A day as a person reads it."""
    return str(format_date(value, "d MMMM y", locale=language.current()))
