"""What the list of the board says of guests: who of the board answers for each, and until when."""

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, or_, select

from ibpmon.store.civil import date_at_board
from ibpmon.store.view import Columns, Here

LINE: Columns = {"upn": "text", "population": "text", "until": "day", "sponsor": "text"}


def lines(here: Here, account: FromClause, alias: str) -> tuple[FromClause, ColumnElement[bool]]:
    """The lines about an account that hold today; the last day counts as well."""
    line = here.part("account-overrides", LINE, alias)
    today = date_at_board(here.tenant, here.now)
    runs = or_(line.c.until.is_(None), line.c.until == "", line.c.until >= today)
    return line, and_(func.lower(line.c.upn) == func.lower(account.c.upn), runs)


def sponsor(here: Here, account: FromClause) -> ColumnElement[str]:
    """Who answers for an account; empty when nobody does."""
    line, fits = lines(here, account, "sponsor_line")
    return func.coalesce(first(select(line.c.sponsor).where(fits, line.c.sponsor != "")), "")


def registered(here: Here, account: FromClause) -> ColumnElement[bool]:
    """Whether somebody answers for a guest, and until a day that is still to come; a list not read excuses nobody."""
    line, fits = lines(here, account, "register_line")
    whole = and_(fits, line.c.population == "guest", line.c.sponsor != "", line.c.until != "")
    return select(line.c.upn).where(whole).correlate(account).exists()


def first(query: Select[tuple[str]]) -> ColumnElement[str]:
    """One of them, always the same."""
    return query.order_by(query.selected_columns[0]).limit(1).scalar_subquery()
