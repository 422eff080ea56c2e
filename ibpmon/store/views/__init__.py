"""What rules may see: joins, kinds of people, zones and day counts, as one flat view per subject."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from ibpmon.store.collected import Dataset, build
from ibpmon.store.database import Store
from ibpmon.store.tables import micros
from ibpmon.store.view import Here, View, own, view
from ibpmon.store.views.app_owners import app_owners_view, app_use_view
from ibpmon.store.views.app_people import app_people_view
from ibpmon.store.views.applications import app_keys_view
from ibpmon.store.views.audit_log import audit_log_view
from ibpmon.store.views.backlog import backlog_view, review_view
from ibpmon.store.views.calendar import school_years_view
from ibpmon.store.views.devices import device_list_view, devices_view, inventory_view
from ibpmon.store.views.differences import differences_view
from ibpmon.store.views.directory import directory_view
from ibpmon.store.views.emergency import emergency_accounts_view, emergency_view, services_view
from ibpmon.store.views.exclusions import exclusions_view
from ibpmon.store.views.failures import failure_hours_view
from ibpmon.store.views.holdings import holdings_view
from ibpmon.store.views.looks import lookups_view, reveals_view
from ibpmon.store.views.methods import methods_view
from ibpmon.store.views.monitor import gauges_view, mails_view, rules_view, sources_view
from ibpmon.store.views.openings import openings_view
from ibpmon.store.views.own_hands import own_hands_view
from ibpmon.store.views.owners import groups_view
from ibpmon.store.views.people import accounts_view, protection_view, rights_view
from ibpmon.store.views.reach import access_view
from ibpmon.store.views.registers import clock_view, requests_view
from ibpmon.store.views.remote import remote_sessions_view
from ibpmon.store.views.review_terms import review_terms_view
from ibpmon.store.views.risks import risky_users_view
from ibpmon.store.views.roles import role_holders_view
from ibpmon.store.views.sign_ins import sign_ins_view
from ibpmon.store.views.sites import sharing_settings_view, sites_view
from ibpmon.store.views.tenant import rights_view as default_rights_view
from ibpmon.store.views.tenant import settings_view, tenant_view
from ibpmon.store.views.travel import travel_view

ITSELF = ""  # what ibpmon knows of itself needs no connector

# name -> the connector without which there is no such view, and what makes it
MAKERS: Mapping[str, tuple[str, Callable[[Here, Mapping[str, Dataset]], View]]] = {
    "accounts": ("accounts", accounts_view),
    "account-protection": ("accounts", protection_view),
    "account-rights": ("accounts", rights_view),
    "sign-ins": ("sign-ins", sign_ins_view),
    "failure-hours": ("sign-ins", failure_hours_view),
    "sign-in-travel": ("sign-ins", travel_view),
    "managed-devices": ("managed-devices", devices_view),
    "device-list": ("device-list", device_list_view),
    "device-inventory": (ITSELF, inventory_view),
    "risky-users": ("risky-users", risky_users_view),
    "groups": ("groups", groups_view),
    "sites": ("sites", sites_view),
    "access": ("accounts", access_view),
    "sources": (ITSELF, sources_view),
    "rule-outcomes": (ITSELF, rules_view),
    "mails": (ITSELF, mails_view),
    "gauges": (ITSELF, gauges_view),
    "alert-backlog": (ITSELF, backlog_view),
    "log-review": (ITSELF, review_view),
    "incident-clock": (ITSELF, clock_view),
    "privacy-requests": (ITSELF, requests_view),
    "name-reveals": (ITSELF, reveals_view),
    "person-lookups": (ITSELF, lookups_view),
    "review-terms": (ITSELF, review_terms_view),
    "matrix-differences": ("accounts", differences_view),
    "own-hands": ("accounts", own_hands_view),
    "role-holders": ("role-assignments", role_holders_view),
    "tenant": ("organization", tenant_view),
    "default-rights": ("authorization-policy", default_rights_view),
    "tenant-settings": ("sharing-settings", settings_view),
    "sign-in-methods": ("authentication-methods-policy", methods_view),
    "app-keys": ("applications", app_keys_view),
    "school-years": (ITSELF, school_years_view),
    "directory-changes": ("directory-audits", directory_view),
    "emergency-accounts": ("accounts", emergency_accounts_view),
    "emergency-sign-ins": ("sign-ins", emergency_view),
    "service-sign-ins": ("sign-ins", services_view),
    "openings": ("item-permissions", openings_view),
    "sharing-settings": ("sharing-settings", sharing_settings_view),
    "app-people": ("application-consents", app_people_view),
    "app-owners": ("applications", app_owners_view),
    "app-use": ("service-principals", app_use_view),
    "access-exclusions": ("conditional-access", exclusions_view),
    "audit-log": ("audit-log", audit_log_view),
    "holdings": ("role-assignments", holdings_view),
    "remote-sessions": ("rmm-sessions", remote_sessions_view),
}


class Views(Mapping[str, View]):
    """The views by name; each is made when somebody asks for it, since most work is done with a few."""

    def __init__(self, here: Here, datasets: Mapping[str, Dataset]) -> None:
        """Our own views of the connectors that are there, and a plain one for each that has none."""
        self.here, self.datasets, self.made = here, datasets, dict[str, View]()
        own = [name for name, (base, _make) in MAKERS.items() if base in {ITSELF, *here.data}]
        self.names = dict.fromkeys((*own, *(name for name in datasets if name not in own)))

    def __getitem__(self, name: str) -> View:
        """The view, made once."""
        if name not in self.names:
            raise KeyError(name)
        if name not in self.made:
            self.made[name] = self.make(name)
        return self.made[name]

    def make(self, name: str) -> View:
        """Our own view of this name, or a plain one."""
        base, make = MAKERS.get(name, (ITSELF, None))
        if make and base in {ITSELF, *self.here.data}:
            return make(self.here, self.datasets)
        return plain_view(self.here, self.datasets[name])

    def __contains__(self, name: object) -> bool:
        """Whether there is such a view; it need not be made for that."""
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        """Every name."""
        return iter(self.names)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.names)


def views(store: Store, now: datetime, networks: Sequence[str] = ()) -> Views:
    """The views of one board at one moment; `networks` are the addresses of its schools (203.0.113.0/24).

    A connector that has no view here, such as one that the board adds, gets a plain one under its own name.
    """
    return Views(Here(store.tenant, micros(now), store.data, networks), store.datasets)


def layout(datasets: Iterable[Dataset]) -> dict[str, View]:
    """The views as they look over these connectors, without a database: what a rule may name."""
    return dict(laid_out(tuple(datasets)))


@lru_cache(maxsize=8)
def laid_out(datasets: tuple[Dataset, ...]) -> dict[str, View]:
    """The same for the same connectors: making them takes longer than reading all rule files that they are for."""
    known = {dataset.name: dataset for dataset in datasets}
    return dict(Views(Here(0, 0, build(known.values())[1]), known))


def plain_view(here: Here, dataset: Dataset) -> View:
    """What one connector collected, and no more."""
    table = here.data[dataset.name]
    event = (dataset.time, table) if dataset.kind == "events" else None
    return view(dataset.name, here, own(table, dataset), table, [dataset.name], where=here.mine(table), event=event)
