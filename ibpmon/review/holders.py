"""To whom a right was given, as a set: the many shapes in which Graph and SharePoint write a holder, told apart in SQL.

One expression for both databases; what nobody can be read from stays somebody unknown, never nobody.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)

from ibpmon.store.view import Columns, Here

NOTHING: ColumnElement[str] = cast(null(), Text)
READ, WRITE, OWNER = 1, 2, 3  # the rank of a right

# How SharePoint writes "everyone", groups and people in a login name.
EVERYONE = "c:0(.s|true"
ALL_ACCOUNTS = ("c:0-.f|rolemanager|spo-grid-all-users/", "c:0!.s|windows")
GROUP_CLAIMS = ("c:0t.c|tenant|", "c:0o.c|federateddirectoryclaimprovider|")
PERSON_CLAIM = "i:0#.f|membership|"
MAIL_GUEST = "urn:spo:guest#"


@dataclass(frozen=True, slots=True)
class Sight(Here):
    """The living rows of a board, with the login name in SharePoint of each account: one for a whole statement."""

    logins: CTE = field(init=False)

    def __post_init__(self) -> None:
        """Written out once, so that SQLite looks logins up by an index."""
        account = self.part("accounts", {"account_id": "text", "upn": "text"}, "login_of")
        login = (literal(PERSON_CLAIM) + func.lower(account.c.upn)).label("login")
        known = select(login, func.min(account.c.account_id).label("account_id")).where(account.c.upn.is_not(None))
        object.__setattr__(self, "logins", known.group_by(login).cte("logins").prefix_with("MATERIALIZED"))


@dataclass(frozen=True, slots=True)
class Given:
    """The columns of one right that tell to whom it was given; what a source does not have is nothing."""

    place: ColumnElement[Any]  # the site: a name says something there only
    key: ColumnElement[Any]
    login: ColumnElement[Any] = NOTHING  # in small letters
    account: ColumnElement[Any] = NOTHING  # the account with that login
    user: ColumnElement[Any] = NOTHING
    group: ColumnElement[Any] = NOTHING
    application: ColumnElement[Any] = NOTHING
    site_group: ColumnElement[Any] = NOTHING
    link: ColumnElement[Any] = NOTHING  # the scope of a link
    invited: ColumnElement[Any] = NOTHING

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """The holder: of what kind, by which id, under which name, and how wide."""
        return [
            self.kind.label("holder_kind"),
            self.id.label("holder_id"),
            self.name.label("holder_name"),
            self.scope.label("scope"),
        ]

    @property
    def kind(self) -> ColumnElement[str]:
        """One of the kinds of principals, or a group or the owners of one."""
        return case(
            (self.link.is_not(None), "link"),
            (self.site_group.is_not(None), "site_group"),
            (and_(self.group_id.is_not(None), self.login.like("%^_o", escape="^")), "owners"),
            (self.group_id.is_not(None), "group"),
            (self.everyone.is_not(None), "everyone"),
            (self.person.is_not(None), "person"),
            (self.application.is_not(None), "machine"),
            else_="other",
        )

    @property
    def id(self) -> ColumnElement[str]:
        """By what the holder is known; two that are the same have the same id."""
        return case(
            (self.link.is_not(None), self.place + "/" + self.link),
            (self.site_group.is_not(None), self.place + "/" + self.site_group),
            (self.group_id.is_not(None), self.group_id),
            (self.everyone.is_not(None), literal("everyone/") + self.everyone),
            (self.person.is_not(None), self.person),
            (self.application.is_not(None), self.application),
            else_=self.place + "/" + func.coalesce(self.login, self.invited, self.key),
        )

    @property
    def name(self) -> ColumnElement[str]:
        """The name of whoever has no other."""
        return func.coalesce(self.site_group, self.invited, self.login, "")

    @property
    def scope(self) -> ColumnElement[str]:
        """How wide a link or a right of everyone is."""
        return func.coalesce(self.link, self.everyone, "")

    @property
    def person(self) -> ColumnElement[str]:
        """The account that has the right itself."""
        return func.coalesce(self.user, self.account)

    @property
    def group_id(self) -> ColumnElement[str]:
        """The group of Entra, by id or by claim."""
        claims = [(self.login.startswith(one, autoescape=True), behind(self.login, one)) for one in GROUP_CLAIMS]
        return func.coalesce(self.group, func.replace(case(*claims, else_=NOTHING), "_o", ""))

    @property
    def everyone(self) -> ColumnElement[str]:
        """Who everyone is: guests too, or members only."""
        all_accounts = or_(*(self.login.startswith(one, autoescape=True) for one in ALL_ACCOUNTS))
        return case((self.login == EVERYONE, "guests"), (all_accounts, "members"), else_=NOTHING)


def behind(login: ColumnElement[str], claim: str) -> ColumnElement[str]:
    """What stands in a login name after its first part."""
    return func.substr(login, len(claim) + 1)


def rank_of(right: FromClause) -> ColumnElement[int]:
    """The highest of the roles; one that Microsoft does not document counts as the highest there is."""
    roles = func.coalesce(cast(right.c.roles, Text), "")
    others = func.replace(func.replace(func.replace(roles, '"owner"', ""), '"write"', ""), '"read"', "")
    return case(
        (or_(others.like('%"%'), roles.like('%"owner"%')), literal(OWNER, Integer)),
        (roles.like('%"write"%'), literal(WRITE, Integer)),
        (roles.like('%"read"%'), literal(READ, Integer)),
        (or_(right.c.link_type.like("edit%"), right.c.link_type == "review"), literal(WRITE, Integer)),
        else_=literal(READ, Integer),
    )


def running(here: Here, ends: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether something has not ended; Graph writes the year 1 for "never"."""
    moment = type_coerce(ends, BigInteger)
    return or_(moment.is_(None), moment <= 0, moment > here.now)


RIGHT: Columns = {
    "drive_id": "text", "permission_id": "text", "roles": "list", "user_id": "text", "group_id": "text",
    "application_id": "text", "site_group": "text", "login_name": "text", "link_scope": "text", "link_type": "text",
    "link_people": "list", "invited": "text", "inherited": "list", "expires": "time",
}  # fmt: skip
