"""The tables of the web: who is signed in, who got a role or a key, and who looked at whom."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from ibpmon.store.tables import Base, Json, moment, number_key, tenant_key


class WebSession(Base, table=True):
    """Somebody who is signed in, under the hash of what the browser holds: whoever reads the table cannot come in."""

    __tablename__ = "web_session"
    __table_args__ = (Index(None, "tenant_id", "account"),)

    tenant_id: int = tenant_key()
    session_hash: str = Field(primary_key=True)
    account: str  # the object id, which never changes
    name: str = Field(sa_type=Text)  # to be shown; nothing is decided by it
    user_name: str = Field(sa_type=Text)
    app_roles: list[str] = Field(default_factory=list, sa_type=Json)  # as Entra calls them
    created_at: datetime = moment()
    used_at: datetime = moment()  # on the minute or later
    expires_at: datetime = moment()


class WebRole(Base, table=True):
    """That an account has a role, by whom and until when; what was taken back stays, with who did that."""

    __tablename__ = "web_role"
    __table_args__ = (Index(None, "tenant_id", "account"),)

    tenant_id: int = tenant_key()
    role_id: int = number_key()
    account: str
    user_name: str = Field(sa_type=Text)  # of that moment
    role: str
    granted_by: str = Field(sa_type=Text)
    granted_at: datetime = moment()
    until: datetime | None = moment(default=None, nullable=True)  # an auditor always has an end
    revoked_by: str = Field(default="", sa_type=Text)
    revoked_at: datetime | None = moment(default=None, nullable=True)


class PersonView(Base, table=True):
    """That somebody looked at a person, or had the name behind a pseudonym shown: kept for a year, for the FG."""

    __tablename__ = "person_view"
    __table_args__ = (
        Index(None, "tenant_id", "at"), Index(None, "tenant_id", "viewer", "at"),
        Index(None, "tenant_id", "whom", "at"),
    )  # fmt: skip

    tenant_id: int = tenant_key()
    view_id: int = number_key()
    viewer: str  # the object id of who looked
    viewer_name: str = Field(sa_type=Text)  # the user name of that moment
    whom: str  # the object id of who was looked at; never a name
    page: str
    at: datetime = moment()
    open_finding: bool  # whether something about this person waited for somebody: then looking is work
    reason: str = Field(default="", sa_type=Text)  # of a name that was revealed
    session_hash: str = ""  # a revealed name is shown in the session that asked for it, and in no other


class WebToken(Base, table=True):
    """A key with which a program of the board reads the numbers; its name is kept, and of the key itself the hash."""

    __tablename__ = "web_token"

    tenant_id: int = tenant_key()
    token_id: int = number_key()
    name: str = Field(sa_type=Text)
    token_hash: str
    made_by: str = Field(sa_type=Text)
    made_at: datetime = moment()
    until: datetime | None = moment(default=None, nullable=True)
    revoked_by: str = Field(default="", sa_type=Text)
    revoked_at: datetime | None = moment(default=None, nullable=True)
