"""The table of devices that were lost: since when, by whom that was told, and when they were found again."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from ibpmon.store.tables import Base, moment, number_key, tenant_key


class LostDevice(Base, table=True):
    """That a device was lost, as somebody told ibpmon; one row for each time, and it stays when the device is found."""

    __tablename__ = "lost_device"
    __table_args__ = (Index(None, "tenant_id", "source", "device"),)

    tenant_id: int = tenant_key()
    lost_id: int = number_key()
    source: str  # intune, entra: which of the two gave the id
    device: str  # the id there
    name: str = Field(sa_type=Text)  # as it was called then
    serial: str = ""
    account: str = ""  # who used it then
    lost_at: datetime = moment()
    lost_by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    counts_from: datetime = moment()  # what it did before this moment proves nothing against it; later than lost_at
    found_at: datetime | None = moment(default=None, nullable=True)
    found_by: str = Field(default="", sa_type=Text)
    found_reason: str = Field(default="", sa_type=Text)
