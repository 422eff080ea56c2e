"""How it stands, in numbers without a name: four numbers, what became of the alerts, and what was read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from babel.dates import format_date
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from ibpmon.collect.runs import reason as why_of
from ibpmon.language import _, current, ngettext
from ibpmon.operate.overdue import Sign, last_good, read
from ibpmon.tell.coverage import latest_runs
from ibpmon.tell.weeks import WeekSeen, weeks
from ibpmon.tell.words import span, standing_word, state_word
from ibpmon.web import looks, reading
from ibpmon.web.alert_sight import hidden_rules
from ibpmon.web.charts import Chart, chart
from ibpmon.web.desk import Desk
from ibpmon.web.pages.rules import connectors
from ibpmon.web.roles import Person, may
from ibpmon.web.visitors import AtDesk, needs

router = APIRouter(include_in_schema=False)
WEEKS = 12
ORDER = ("failed", "late", "unknown", "good", "none", "off")  # what somebody has to look at comes first


@router.api_route("/state", methods=["GET", "HEAD"])
def state(desk: AtDesk, who: Annotated[Person, Depends(needs("figures"))]) -> Response:
    """For who looks after the whole, and for the bestuur: no name of a person stands here."""
    now = desk.now()
    with desk.store.read() as session:
        figures = reading.numbers(session, desk.store, desk.config, now, hidden_rules(desk.config, who))
        found = weeks(session, desk.store, desk.config, now, WEEKS)
        sources = sources_of(session, desk, now, reasons=may(who, "rules"))
    charts = [open_chart(found), flow_chart(found)] if any(one.counts for one in found) else []
    fine = [one for one in sources if one["sign"].state == "good"]
    troubled = [one for one in sources if one["sign"].state != "good"]
    shown = {
        "figures": figures, "charts": charts, "fine": fine, "troubled": troubled, "now": now,
        "tally": tally_of(sources),
    }  # fmt: skip
    return HTMLResponse(looks.page(desk, "state.html.j2", who, here="/state", **shown))


# ---- charts


def open_chart(found: Sequence[WeekSeen]) -> Chart:
    """How many alerts were open at the end of each week."""
    values = [one.counts["open"] if one.counts else None for one in found]
    given = [(_("Open at the end of the week"), "first", values)]
    return chart("open", _("Open alerts"), trend_said(values), labels_of(found), given, is_line=True)


def flow_chart(found: Sequence[WeekSeen]) -> Chart:
    """How many alerts came, and how many were solved, in each week."""
    came = [one.counts["opened"] + one.counts["reopened"] if one.counts else None for one in found]
    gone = [one.counts["solved"] if one.counts else None for one in found]
    given = [(_("New or back"), "first", came), (_("Solved"), "second", gone)]
    all_came, all_gone = (sum(filter(None, some)) for some in (came, gone))
    said = _("In these weeks %(came)s alerts came or came back, and %(gone)s were solved.")
    summary = with_holes(said % {"came": all_came, "gone": all_gone}, came.count(None))
    return chart("flow", _("New and solved"), summary, labels_of(found), given)


def trend_said(values: Sequence[int | None]) -> str:
    """The line in a sentence, with the weeks of which nothing is known."""
    known = [one for one in values if one is not None]
    said = _("From %(first)s open alerts to %(last)s.") % {"first": known[0], "last": known[-1]}
    return with_holes(said, len(values) - len(known))


def with_holes(said: str, missing: int) -> str:
    """A sentence, and how many weeks it says nothing about."""
    holes = ngettext("Of %(num)s week nothing is known.", "Of %(num)s weeks nothing is known.", missing)
    return f"{said} {holes % {'num': missing}}" if missing else said


def labels_of(found: Sequence[WeekSeen]) -> list[str]:
    """The weeks by their Mondays: 16 nov."""
    return [str(format_date(one.monday, "d MMM", locale=current())) for one in found]


# ---- sources


def sources_of(session: Session, desk: Desk, now: datetime, *, reasons: bool) -> list[dict[str, Any]]:
    """How each source stands, with its age; why, only for who may see what that names."""
    runs, good = latest_runs(session, desk.store), last_good(session, desk.store.tenant)
    own, known = desk.config.schedule.every, connectors(desk.config.content)
    found = []
    for name, dataset in desk.store.datasets.items():
        run = runs.get(name)
        rhythm = own.get(name) or known[name].every
        sign = read(run, good.get(name), rhythm, now)
        found.append({
            "title": dataset.title or name, "sign": sign, "word": standing_word(sign.state), "age": age_of(sign, now),
            "read": state_word(run.state if run else "NEVER"), "why": why_of(run) if run and reasons else "",
        })  # fmt: skip
    return sorted(found, key=lambda one: (ORDER.index(one["sign"].state), one["title"].casefold()))


def age_of(sign: Sign, now: datetime) -> str:
    """How long ago it last went well."""
    return _("%(span)s ago") % {"span": span(now - sign.at)} if sign.at else _("never read")


def tally_of(sources: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    """How many sources stand how."""
    counts = [(state, sum(one["sign"].state == state for one in sources)) for state in ORDER]
    return [(standing_word(state), count) for state, count in counts if count]
