"""The accounts: what each one is, at which school, and why ibpmon says so."""

from pathlib import Path
from typing import Any, get_args

import click
from sqlalchemy import and_, select

from ibpmon.cli.options import config_option, json_option
from ibpmon.cli.show import listing
from ibpmon.collect.populations import told_reasons
from ibpmon.config import Population
from ibpmon.language import _
from ibpmon.operate.rounds import Workplace, workplace
from ibpmon.store import upsert
from ibpmon.store.tables import Placement

Row = dict[str, Any]
PLACEMENT = upsert.table_of(Placement)


@click.command(
    help=_("What each account is (staff, pupil, guest, ...), at which school, and why. NAME: a part of a name.")
)
@click.argument("name", required=False, default="")
@click.option(
    "--population", type=click.Choice([*get_args(Population), "unknown"]), help=_("Only accounts of this kind.")
)
@config_option
@json_option
def accounts(name: str, population: str | None, path: Path, to_json: bool) -> int:
    """Every account with its place and the reason; pupils and who cannot be placed by pseudonym."""
    with workplace(path) as place:
        rows = [row for row in account_rows(place, name) if population in (None, row["population"])]
    columns = {
        "shown": _("Account"), "population_word": _("Kind"), "school": _("School"), "why": _("Why"),
        "account_id": _("Object id"),
    }  # fmt: skip
    listing(rows, columns, to_json, _("No such account. `ibpmon collect` reads the accounts and places them."))
    return 0


def account_rows(place: Workplace, name: str) -> list[Row]:
    """The living accounts in whose name, user name or id these letters stand, by kind and name."""
    from ibpmon.privacy.pseudonyms import load_or_make
    from ibpmon.tell.people import people

    asked, pseudonyms = name.casefold(), load_or_make(place.config.store.pseudonym_key)
    with place.store.read() as session:
        known = people(session, place.store, place.config, pseudonyms)
        found = session.execute(placed_accounts(place)).all() if "accounts" in place.store.data else []
    rows = []
    for one in found:
        if not any(asked in (text or "").casefold() for text in (one.name, one.upn, one.account_id)):
            continue
        account = known.accounts[one.account_id.casefold()]
        shown = f"{one.name} ({one.upn})" if account.named else known.label(account)
        rows.append(account_row(one, shown, known.scrubbed(told_reasons(one.reason))))
    return sorted(rows, key=lambda row: (row["population"], row["shown"], row["account_id"]))


def placed_accounts(place: Workplace) -> Any:
    """The living accounts with their places."""
    table = place.store.data["accounts"]
    fits = and_(
        PLACEMENT.c.tenant_id == table.c.tenant_id,
        PLACEMENT.c.kind == "account",
        PLACEMENT.c.object_id == table.c.account_id,
    )
    shown = (PLACEMENT.c.population, PLACEMENT.c.school, PLACEMENT.c.reason, PLACEMENT.c.conflict)
    chosen = select(table.c.account_id, table.c.name, table.c.upn, *shown).join(PLACEMENT, fits)
    return chosen.where(table.c.tenant_id == place.store.tenant, table.c.gone_at.is_(None))


def account_row(found: Any, shown: str, why: str) -> Row:
    """One account as a row: codes for programs, words for people."""
    return {
        "account_id": found.account_id,
        "shown": shown,
        "population": found.population,
        "population_word": population_word(found.population),
        "school": found.school,
        "why": why,
        "conflict": bool(found.conflict),
    }


def population_word(population: str) -> str:
    """The kind of an account for a person."""
    words = {
        "staff": _("employee"), "pupil": _("pupil"), "guest": _("guest"), "service": _("service"),
        "shared": _("shared"), "break_glass": _("emergency account"),
    }  # fmt: skip
    return words.get(population, _("unknown"))
