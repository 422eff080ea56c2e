"""What stands at the top of every page: the parts that this person may open."""

from dataclasses import dataclass

from ibpmon.language import N_, _
from ibpmon.web.roles import Action, Person, may


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of the web."""

    path: str
    label: str
    action: Action


MENU = (
    Entry("/", N_("Start"), "start"),
    Entry("/questions", N_("Questions"), "questions.answer"),
    Entry("/state", N_("How it stands"), "figures"),
    Entry("/alerts", N_("Alerts"), "alerts"),
    Entry("/exceptions", N_("Accepted risks"), "alerts"),
    Entry("/tasks", N_("Tasks"), "tasks"),
    Entry("/incidents", N_("Incidents"), "incidents"),
    Entry("/requests", N_("Privacy requests"), "requests"),
    Entry("/search", N_("People and devices"), "people"),
    Entry("/rules", N_("Rules"), "rules"),
    Entry("/norms", N_("Norms"), "norms"),
    Entry("/viewers", N_("Who looked"), "viewers"),
)


def menu(person: Person | None) -> list[dict[str, str]]:
    """The parts that are for this person, in the order of the page; nothing while there is only one."""
    mine = [one for one in MENU if person and person.roles and may(person, one.action)]
    return [{"path": one.path, "label": _(one.label)} for one in mine] if len(mine) > 1 else []
