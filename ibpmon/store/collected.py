"""The tables of what connectors collect, made from the fields that their files declare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from ibpmon.store.tables import NAMES, Json, Moment, living, only_where

FieldType = Literal["text", "bool", "int", "real", "time", "day", "list"]
Kind = Literal["state", "events"]

TYPES: Mapping[str, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    "text": Text,
    "bool": Boolean,
    "int": BigInteger,
    "real": Double,
    "time": Moment,
    "day": Text,  # 2026-07-31: a date has no zone until someone gives it one
    "list": Json,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One declared field: its name, where it stands in the answer, its type, and why it is collected."""

    name: str
    path: tuple[str, ...]  # ("status", "errorCode"); empty when it comes from the parent
    type: FieldType
    why: str
    key: bool = False
    parent: str = ""  # shape `each`: the field of the parent's row that it repeats
    index: bool = False  # events: looked up by this field and time, or by time alone where this is the time
    usual: int | None = None  # events: the value of nearly all rows; the few others get small indexes of their own


@dataclass(frozen=True, slots=True)
class Dataset:
    """What one connector stores: state with a history of coming and going, or events in order of arrival."""

    name: str  # the connector's id, `sign-ins`
    kind: Kind
    fields: tuple[Field, ...]
    time: str = ""  # events: the field that says when it happened
    title: str = ""  # what a person calls it
    into: str = ""  # events: the data set whose table it fills, instead of one of its own
    filled: tuple[str, ...] = ()  # the fields that it brings itself; empty: all of them
    shared: tuple[str, ...] = ()  # of those the ones that the owner of the table brings too
    versions: bool = False  # state: a row that changed is a new stay, so that the old version stays known
    history: timedelta = timedelta()  # events: how far back the source itself keeps them; nothing when it is not known
    history_without_p1: timedelta | None = None  # events: how far without that licence, where it makes a difference

    @property
    def own(self) -> tuple[Field, ...]:
        """The fields that this connector itself brings, in the order of its rows."""
        return tuple(field for field in self.fields if field.name in self.filled) if self.filled else self.fields

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the key fields."""
        return tuple(field.name for field in self.fields if field.key)

    @property
    def table(self) -> str:
        """The name of its table."""
        return "collected_" + (self.into or self.name).replace("-", "_")


def build(datasets: Iterable[Dataset]) -> tuple[MetaData, dict[str, Table]]:
    """The tables of these data sets by connector id, one for those that share it; state has a `stage_` twin."""
    metadata, tables = MetaData(naming_convention=NAMES), dict[str, Table]()
    for dataset in datasets:
        make = state_table if dataset.kind == "state" else event_table
        there = metadata.tables.get(dataset.table)
        tables[dataset.name] = make(metadata, dataset) if there is None else there
    return metadata, tables


def state_table(metadata: MetaData, dataset: Dataset) -> Table:
    """One row per key and stay: `gone_at` ends it, a return begins a new one, so any past moment can be asked for."""
    stage_table(metadata, dataset)
    return Table(
        dataset.table,
        metadata,
        tenant_column(),
        *(field_column(field) for field in dataset.fields if field.key),
        Column("first_seen", Moment, primary_key=True, autoincrement=False),
        *(field_column(field) for field in dataset.fields if not field.key),
        Column("last_seen", Moment, nullable=False),
        Column("gone_at", Moment),
        Column("run_id", BigInteger, nullable=False),
        Index(f"living_{dataset.table}", "tenant_id", *dataset.keys, unique=True, **living()),
    )


def stage_table(metadata: MetaData, dataset: Dataset) -> Table:
    """Where the rows of a run wait until the run is whole."""
    return Table(
        "stage_" + dataset.table.removeprefix("collected_"),
        metadata,
        tenant_column(),
        Column("run_id", BigInteger, primary_key=True, autoincrement=False),
        *(field_column(field) for field in dataset.fields),
        Column("gone", Boolean),  # the source says that it was removed
        Column("absent", BigInteger),  # one bit per field that the source left out: it stays what it was
    )


def event_table(metadata: MetaData, dataset: Dataset) -> Table:
    """One row per event; the month in the key lets a large board split the table by month."""
    return Table(
        dataset.table,
        metadata,
        tenant_column(),
        Column("month", Integer, primary_key=True, autoincrement=False),
        *(field_column(field) for field in dataset.fields),
        Column("seq", BigInteger, nullable=False),
        Column("run_id", BigInteger, nullable=False),
        Index(f"arrived_{dataset.table}", "tenant_id", "seq"),
        *(event_index(dataset, field) for field in dataset.fields if field.index),
        *(rare_index(dataset, field, rare) for rare in rare_fields(dataset) for field in dataset.fields if field.index),
        *(rare_in_time(dataset, rare) for rare in rare_fields(dataset)),
        info={"usual": {field.name: field.usual for field in rare_fields(dataset)}},
    )


def event_index(dataset: Dataset, field: Field) -> Index:
    """Looks events up by one field in order of time; or by time alone, where that is the field."""
    return Index(f"by_{field.name}_{dataset.table}", "tenant_id", *dict.fromkeys((field.name, dataset.time)))


def rare_fields(dataset: Dataset) -> list[Field]:
    """The fields of which nearly all rows have the same value."""
    return [field for field in dataset.fields if field.usual is not None]


def rare_index(dataset: Dataset, field: Field, rare: Field) -> Index:
    """Looks up the few events of which a field is not as usual, such as failures, without a look at the table."""
    name = f"rare_{rare.name}_by_{field.name}_{dataset.table}"
    return Index(name, "tenant_id", field.name, dataset.time, rare.name, "seq", **unusual(rare))


def rare_in_time(dataset: Dataset, rare: Field) -> Index:
    """The few events of which a field is not as usual in order of time, with all that they are looked up by."""
    name = f"rare_{rare.name}_by_time_{dataset.table}"
    sought = [field.name for field in dataset.fields if field.index]
    return Index(name, "tenant_id", dataset.time, rare.name, *sought, "seq", **unusual(rare))


def unusual(rare: Field) -> dict[str, Any]:
    """The condition of an index over the rows of which a field is not as usual."""
    return only_where(f"{rare.name} <> {rare.usual}")


def tenant_column() -> Column[int]:
    """The board, first in every key."""
    return Column("tenant_id", BigInteger, primary_key=True, autoincrement=False)


def field_column(field: Field) -> Column[Any]:
    """The column of one declared field."""
    return Column(field.name, TYPES[field.type], primary_key=field.key, nullable=not field.key, autoincrement=False)
