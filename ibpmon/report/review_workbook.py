"""The questions of a review as a workbook for who decides: what to do, what to decide one by one, and the rules.

Only the cells for answers can be changed, and nothing is chosen beforehand. What is written here is read back by
`ibpmon review workbook read`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from io import BytesIO
from typing import Any

from ibpmon.language import N_, _, moment
from ibpmon.report.exports import AS_TEXT, cell
from ibpmon.review.decisions import REASONS
from ibpmon.review.workbook import ANSWERS, CHOICES, FACTS, KEEP, KEPT, Binder, Form, Row, head_seal, key_cell
from ibpmon.tell.acts import a_year_on
from ibpmon.tell.words import shown

A4 = 9  # what Excel calls this size of paper
FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top", "text_wrap": True}
EDGE = {"border": 1, "border_color": "#BFBFBF"}
# Widths in characters: all together they fit on a laptop, and on A4 landscape in letters that can be read.
WIDTHS: Mapping[str, int] = {
    "number": 6, "sentence": 46, "place": 15, "right": 13, "outcome": 11, "risk": 17,
    "verb": 14, "code": 17, "until": 12, "target": 14, "remark": 22,
}  # fmt: skip
LAST = len(FACTS) + len(ANSWERS)  # the column that nobody sees
ANSWERED, UNTIL, REMARK = ANSWERS["verb"], ANSWERS["until"], ANSWERS["remark"]
EXPLAINED, SINGLE, RULES = N_("Explanation"), N_("Decide one by one"), N_("Rules")
MAY = {"sort": True, "autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True}

WORDS: Mapping[str, str] = {
    "keep": N_(
        "It may stay as it is. What does not fit the matrix stays only for a reason and until a day, a year at most: "
        "choose both."
    ),
    "revoke": N_("This right has to go. After you signed, ICT takes it away."),
    "lower": N_("Less is enough. Choose behind it what may remain."),
    "question": N_("Write under '{remark}' what you want to know. ICT looks into it, and then it is for you again."),
    "not_mine": N_("Somebody else decides about this. Write under '{remark}' who, or why it is not yours."),
}


def workbook_of(form: Form, binder: Binder) -> bytes:
    """The workbook; text is only ever written as text."""
    import xlsxwriter

    made = BytesIO()
    with xlsxwriter.Workbook(made, {**AS_TEXT, "in_memory": True}) as book:
        look = looks(book)
        explain(book.add_worksheet(_(EXPLAINED)), form, binder, look)
        for name, rows in ((_(SINGLE), form.items), (_(RULES), form.rules)):
            if rows:
                write_rows(book.add_worksheet(name), form, binder, rows, look)
        keep(book.add_worksheet(KEPT), form, binder)
    return made.getvalue()


def looks(book: Any) -> dict[str, Any]:
    """How cells look; an answer is yellow and open, and no colour says what to answer."""
    answer = FONT | EDGE | {"bg_color": "#FFF9DB", "locked": False}
    styles = {
        "text": FONT | EDGE,
        "rule": FONT | EDGE | {"bold": True, "bg_color": "#F2F2F2"},
        "closed": FONT | EDGE | {"bg_color": "#E7E6E6"},
        "heading": FONT | EDGE | {"bold": True, "bg_color": "#D9E1F2"},
        "answer": answer,
        "day": answer | {"num_format": "dd-mm-yyyy"},
        "moment": answer | {"num_format": "dd-mm-yyyy hh:mm"},
        "lacks": {"bg_color": "#F8CBAD"},
        "said": FONT | {"font_size": 11},
        "title": FONT | {"font_size": 15, "bold": True},
        "strong": FONT | {"font_size": 11, "bold": True},
    }
    return {name: book.add_format(style) for name, style in styles.items()}


# ---------------------------------------------------------------- the explanation


def explain(sheet: Any, form: Form, binder: Binder, look: Mapping[str, Any]) -> None:
    """What to do, until when, and what each answer means."""
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 95)
    for number, (first, second, style) in enumerate(explanation(form, binder)):
        sheet.write_string(number, 0, cell(first), look["strong" if second else style])
        if second:
            sheet.write_string(number, 1, cell(second), look[style])
        elif first:
            sheet.merge_range(number, 0, number, 1, cell(first), look[style])
            sheet.set_row(number, 24 if style == "title" else 16 * (1 + len(first) // 110))
    finish(sheet, form)


def explanation(form: Form, binder: Binder) -> Iterator[tuple[str, str, str]]:
    """The lines of the explanation: one text, or a word with what it means."""
    review, due = form.there.review, moment(form.there.review.due_at, binder.zone)
    who = form.there.seat(form.head.decider).name
    yield _("Review of rights: {process}").format(process=shown(review.name)), "", "title"
    yield _("For"), shown(who), "said"
    yield _("Round"), f"{form.head.round_name} ({_('review {number}').format(number=review.review_id)})", "said"
    yield _("As it was on"), moment(review.as_of, binder.zone), "said"
    yield _("Send it back before"), due, "said"
    yield "", "", "said"
    yield _("What you do"), "", "strong"
    for number, line in enumerate(steps(form), 1):
        yield f"{number}. " + _(line).format(single=_(SINGLE), rules=_(RULES), verb=_(ANSWERED)), "", "said"
    yield "", "", "said"
    yield _("What each answer means"), "", "strong"
    for code, word in CHOICES.items():
        yield _(word), _(WORDS[code]).format(remark=_(REMARK)), "said"
    yield "", "", "said"
    yield _("Good to know"), "", "strong"
    for line in NOTES if form.rules else [one for one in NOTES if one != OF_SAMPLE]:
        yield _(line), "", "said"


def steps(form: Form) -> Iterator[str]:
    """What to do as msgids; about a sheet that is not there nothing is said."""
    yield from (line for line, rows in ((ONE_BY_ONE, form.items), (BY_RULE, form.rules)) if rows)
    yield SAVE


ONE_BY_ONE = N_("Open the sheet '{single}'. What weighs most stands on top. Choose in each row under '{verb}'.")
BY_RULE = N_(
    "Open the sheet '{rules}'. Confirm each rule when it is right; below it stand at most five rights as a sample."
)
SAVE = N_("Save the file as a workbook (XLSX) and give it back to who sent it.")
OF_SAMPLE = N_("Is a right in a sample wrong? Answer in its own row. The rule can be confirmed all the same.")
NOTES = (
    N_("An empty row decides nothing: the question stays open. Silence is never taken for a yes or a no."),
    N_("Only the yellow cells can be changed. You may filter rows and make columns wider; do not delete rows."),
    OF_SAMPLE,
    N_("What you answered before is filled in already. Answer otherwise, and that counts."),
    N_("What somebody else answered before you stands behind the question as a draft. It counts for nothing here."),
    N_("Nothing is final yet: after this you read a summary and sign for it. Your name is kept with every answer."),
    N_("There are names in this file. Do not pass it on, and throw it away when it was read in."),
)


# ---------------------------------------------------------------- the questions


def write_rows(sheet: Any, form: Form, binder: Binder, rows: Sequence[Row], look: Mapping[str, Any]) -> None:
    """The questions, with a list to choose from in each row."""
    headings = [*(_(word) for word in (*FACTS.values(), *ANSWERS.values())), KEPT]
    for column, word in enumerate(headings):
        sheet.write_string(0, column, word, look["heading"])
    for number, row in enumerate(rows, 1):
        write_facts(sheet, number, row, look)
        write_answer(sheet, number, row, look)
        restrict(sheet, number, row, binder, look)
        sheet.write_string(number, LAST, cell(key_cell(binder, form.head, row)))
    for column, width in enumerate(WIDTHS.values()):
        sheet.set_column(column, column, width)
    sheet.set_column(LAST, LAST, 10, None, {"hidden": True})
    sheet.autofilter(0, 0, len(rows), LAST)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    finish(sheet, form)


def write_facts(sheet: Any, number: int, row: Row, look: Mapping[str, Any]) -> None:
    """What the question is about."""
    style = look["rule" if row.kind == "rule" else "text"]
    for column, text in enumerate(row.facts):
        if column == 0 and row.kind == "item":
            sheet.write_number(number, column, int(row.key), style)
        else:
            sheet.write_string(number, column, text, style)


def write_answer(sheet: Any, number: int, row: Row, look: Mapping[str, Any]) -> None:
    """The cells for the answer, with the one of before; what cannot be chosen in this row stays closed."""
    was = row.answered
    for column, name in enumerate(ANSWERS, len(FACTS)):
        value = getattr(was, name)
        if name == "until" and was.until is not None:
            midnight = was.until.time() == was.until.min.time()
            sheet.write_datetime(number, column, was.until, look["day" if midnight else "moment"])
        elif name in closed(row):
            sheet.write_blank(number, column, None, look["closed"])
        elif value:
            sheet.write_string(number, column, cell(value), look["answer"])
        else:
            sheet.write_blank(number, column, None, look["day" if name == "until" else "answer"])


def closed(row: Row) -> tuple[str, ...]:
    """The cells that mean nothing in a row."""
    if row.kind == "rule":
        return ("code", "until", "target")
    return () if row.targets else ("target",)


def restrict(sheet: Any, number: int, row: Row, binder: Binder, look: Mapping[str, Any]) -> None:
    """Lists to choose from, a day that can be, and a sign where a reason or a day still lacks."""
    column = {name: at for at, name in enumerate(ANSWERS, len(FACTS))}
    lists = {"verb": [_(CHOICES[one]) for one in row.choices], "code": [_(word) for word in REASONS.values()]}
    lists["target"] = list(row.targets)
    for name in (one for one in lists if one not in closed(row)):
        said = {"error_title": _(ANSWERS[name]), "error_message": _("Choose one of the words of the list.")}
        sheet.data_validation(number, column[name], number, column[name], {
            "validate": "list", "source": lists[name], **said,
        })  # fmt: skip
    if row.kind == "rule":
        return
    today = binder.now.astimezone(binder.zone).date()
    sheet.data_validation(number, column["until"], number, column["until"], {
        "validate": "date", "criteria": "between", "minimum": today, "maximum": a_year_on(binder.now).date(),
        "error_title": _(UNTIL), "error_message": _("Give a day within a year, as 31-07-2027."),
    })  # fmt: skip
    for name in () if row.fits else ("code", "until"):
        mark = lacking(number, column["verb"], column[name])
        sheet.conditional_format(number, column[name], number, column[name], {
            "type": "formula", "criteria": mark, "format": look["lacks"],
        })  # fmt: skip


def lacking(number: int, verb: int, other: int) -> str:
    """The condition under which a cell still has to be filled in."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    word = _(KEEP).replace('"', '""')
    return f'=AND({xl_rowcol_to_cell(number, verb)}="{word}",{xl_rowcol_to_cell(number, other)}="")'


def finish(sheet: Any, form: Form) -> None:
    """On paper as wide as it is, with its number on each page; and closed, without a password."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{_('review {number}').format(number=form.there.review.review_id)}&R&P / &N")
    sheet.protect("", MAY)


# ---------------------------------------------------------------- what nobody sees


def keep(sheet: Any, form: Form, binder: Binder) -> None:
    """Of what this is a workbook, and which rows it has: without that it is not read back."""
    names = [one.name for one in (*form.items, *form.rules)]
    said = [*asdict(form.head).items(), ("seal", head_seal(binder, form.head, names)), *(("row", one) for one in names)]
    for number, (name, value) in enumerate(said):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, cell(value))
    sheet.very_hidden()
    sheet.protect("")
