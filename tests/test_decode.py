"""Pages of Graph to rows: typed, whole, and not stopped by one odd record."""

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ibpmon.errors import PassingError, SourceError
from ibpmon.providers.decode import Decoder, Inner, Page, Portion, RecordDecoder
from ibpmon.store.collected import Field, FieldType
from ibpmon.store.tables import aware


def field(name: str, path: str, kind: FieldType = "text", **more: Any) -> Field:
    """A declared field."""
    parts = (path,) if path.startswith("@") else tuple(path.split("."))
    return Field(name, parts if path else (), kind, "test", **more)


ID = field("id", "id", key=True)


def page(fields: list[Field], *records: Any, parent: dict[str, Any] | None = None) -> Page:
    """These records, as Graph sends them, decoded."""
    return Decoder(fields).page(json.dumps({"value": records}).encode(), parent)


def value(kind: FieldType, given: Any) -> Any:
    """One value through one field."""
    return page([ID, field("x", "x", kind)], {"id": "1", "x": given}).rows[0][1]


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        ("text", "Anna", "Anna"),
        ("text", "", ""),
        ("text", None, None),
        ("bool", True, True),
        ("int", 50126, 50126),
        ("int", 2**63 - 1, 2**63 - 1),
        ("time", "1970-01-01T00:00:01Z", 1_000_000),
        ("time", "1969-12-31T16:00:00.25-08:00", 250_000),
        ("time", "2026-08-20T06:41:12.1234567Z", 1_787_208_072_123_456),
        ("time", "0001-01-01T00:00:00Z", None),
        ("time", "9999-12-31T23:59:59Z", 253_402_300_799_000_000),
        ("time", "", None),
        ("time", None, None),
        ("day", "2026-07-31T00:00:00Z", "2026-07-31"),
        ("day", "2026-07-31", "2026-07-31"),
        ("day", "", None),
        ("list", ["mobilePhone", "é"], '["mobilePhone","é"]'),
        ("list", [], "[]"),
        ("list", None, None),
    ],
)
def test_a_value_becomes_what_the_database_driver_takes(kind: FieldType, given: Any, stored: Any) -> None:
    """Times are microseconds since 1970, exact; the ways in which Graph says "none" are none."""
    assert value(kind, given) == stored
    assert type(value(kind, given)) is type(stored)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 5), ("bool", "true"), ("bool", 1), ("int", "5"), ("int", 5.5), ("int", 2**63),
        ("time", "yesterday"), ("time", 5), ("day", "31-07-2026"), ("list", "mobilePhone"),
    ],
)  # fmt: skip
def test_a_record_with_an_odd_value_is_named_and_the_rest_goes_on(kind: FieldType, given: Any) -> None:
    """One bad object is skipped and told; its neighbours stay."""
    good = {"id": "1"}
    found = page([ID, field("x", "x", kind)], good, {"id": "odd", "x": given}, {"id": "3", "x": None})
    assert ([row[0] for row in found.rows], found.bad) == (["1", "3"], ["odd"])


@pytest.mark.parametrize("given", ["9999-12-31T23:59:59-14:00", "0001-01-02T00:00:00+14:00:01", "0001-01-01T00:00"])
def test_a_time_outside_the_calendar_is_never_stored(given: str) -> None:
    """A zone can push a time over the edge; stored as a number, it would stop everyone who reads it."""
    read = page([ID, field("x", "x", "time")], {"id": "1", "x": given}, {"id": "2", "x": "2026-11-23T10:00:00Z"})
    assert all(row[1] is None or aware(row[1]) for row in read.rows)
    assert "2" in {row[0] for row in read.rows}


@pytest.mark.parametrize("record", [{}, {"id": None}, {"id": ""}, {"id": 5}, "text", None, []])
def test_a_record_without_its_key_is_named_by_its_place(record: Any) -> None:
    """There is nothing to store it under."""
    found = page([ID], {"id": "1"}, record)
    assert (found.rows, found.bad) == ([("1",)], ["#2"])


NESTED = [
    ID,
    field("code", "status.errorCode", "int"),
    field("country", "location.countryOrRegion"),
    field("why", "status.failureReason"),
    field("far", "a.b.c"),
]


def test_nested_fields_share_their_beginning_and_keep_their_order() -> None:
    """The order of a row is the order of the fields, wherever these come from."""
    record = {"id": "1", "status": {"errorCode": 0, "failureReason": "Other."}, "location": {"countryOrRegion": "NL"}}
    assert page(NESTED, {**record, "a": {"b": {"c": "x"}}}).rows == [("1", 0, "NL", "Other.", "x")]


@pytest.mark.parametrize(
    "record", [{}, {"status": None, "location": None, "a": None}, {"status": {}, "a": {"b": None}}]
)
def test_a_nested_object_that_is_absent_or_null_gives_nothing(record: dict[str, Any]) -> None:
    """Graph leaves location and device out, or sends null, or an empty object."""
    found = page(NESTED, {"id": "1", **record})
    assert (found.rows, found.bad) == ([("1", None, None, None, None)], [])


def test_a_field_can_be_both_a_value_and_a_parent() -> None:
    """One field keeps the whole, another a part of it."""
    fields = [ID, field("whole", "to", "list"), field("user", "to.user.id"), field("plain", "to.user")]
    found = page(
        fields,
        {"id": "1", "to": {"user": {"id": "anna", "x": 1}}},
        {"id": "2", "to": {"user": "text"}},
        {"id": "3", "to": ["a"]},
        {"id": "4"},
    )
    assert found.rows == [
        ("1", '{"user":{"id":"anna","x":1}}', "anna", None),
        ("2", '{"user":"text"}', None, "text"),
        ("3", '["a"]', None, None),
        ("4", None, None, None),
    ]


def test_an_annotation_of_graph_is_a_field_like_any_other() -> None:
    """The kind of a member stands in @odata.type."""
    record = {"@odata.type": "#microsoft.graph.user", "id": "1"}
    assert page([ID, field("kind", "@odata.type")], record).rows == [("1", "#microsoft.graph.user")]


def test_fields_of_the_parent_are_filled_in() -> None:
    """A listing per group does not repeat the group."""
    fields = [field("group_id", "", key=True, parent="group"), ID]
    assert page(fields, {"id": "1"}, {"id": "2"}, parent={"group": "g"}).rows == [("g", "1"), ("g", "2")]


def test_undeclared_values_do_not_come_along() -> None:
    """What has no purpose never reaches the store."""
    assert page([ID], {"id": "1", "birthday": "2015-01-01"}).rows == [("1",)]


def test_the_link_to_the_next_page_comes_along_and_an_empty_page_may_have_one() -> None:
    """An empty page is not the last."""
    found = Decoder([ID]).page(b'{"value": [], "@odata.nextLink": "https://graph.microsoft.com/v1.0/x"}')
    assert found == Page([], "https://graph.microsoft.com/v1.0/x")
    assert page([ID], {"id": "1"}).next_link is None


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"value": null}', b'{"value": {}}', b'{"value": "x"}', b"[]", b"null", b'{"Value": []}',
     b'{"value": [], "@odata.nextLink": 5}', b'{"error": {"code": "x"}}'],
)  # fmt: skip
def test_an_answer_without_a_list_is_an_error_and_not_zero_rows(body: bytes) -> None:
    """Zero rows is a claim that must be earned; it would empty a table."""
    with pytest.raises(SourceError, match="holds no list"):
        Decoder([ID]).page(body)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"value": [{"id": "1"', b"[" * 100_000, b'{"value": []} x'])
def test_an_answer_that_is_no_json_may_be_whole_next_time(body: bytes) -> None:
    """Cut off, or a proxy that answered instead."""
    with pytest.raises(PassingError, match="cannot be read"):
        Decoder([ID]).page(body)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (rb"Anna\u0000 de Vries", "Anna\ufffd de Vries"),
        (rb"\ud83d Anna", "\ufffd Anna"),
        (rb"\ud83d\ude00 Anna", "\U0001f600 Anna"),
        (b"\xed\xa0\x80 Anna", "\ufffd\ufffd\ufffd Anna"),
        (b"\xff Anna", "\ufffd Anna"),
        (rb"\\u0000 Anna", "\\u0000 Anna"),
    ],
)
def test_characters_that_a_database_refuses_are_replaced_visibly(written: bytes, stored: str) -> None:
    """A pupil picks the name of an account; one name must not stop a run."""
    body = b'{"value": [{"id": "1", "name": "' + written + b'", "all": ["' + written + b'"]}, {"id": "2"}]}'
    found = Decoder([ID, field("name", "name"), field("all", "all", "list")]).page(body)
    assert found.rows[0][1] == stored
    assert json.loads(found.rows[0][2]) == [stored]
    assert (len(found.rows), found.bad) == (2, [])


def test_the_careful_way_gives_the_same_rows_as_the_fast_one() -> None:
    """One odd record puts its whole page on the careful way; nobody should see that in the others."""
    records = [
        {"id": str(n), "status": {"errorCode": n, "failureReason": "é"}, "location": None, "a": {"b": {"c": "x"}}}
        for n in range(50)
    ]
    fast, careful = page(NESTED, *records), page(NESTED, *records, {"id": "odd", "status": "odd"})
    assert fast.rows == careful.rows
    assert (fast.bad, careful.bad) == ([], ["odd"])


def test_a_single_object_is_a_page_of_one_row() -> None:
    """For what is no list: the organisation, a policy."""
    assert Decoder([ID]).single(b'{"id": "1"}').rows == [("1",)]


def test_sign_ins_are_decoded_far_faster_than_graph_can_give_them() -> None:
    """Graph gives 500 rows a second. The bar is low for slow machines; 200,000 a second is usual."""
    folder = Path(__file__).resolve().parent.parent / "connectors"
    declared = tomllib.loads((folder / "sign-ins.toml").read_text(encoding="utf-8"))["fields"]
    fields = [field(name, spec["from"], spec["type"], key=spec.get("key", False)) for name, spec in declared.items()]
    record = {"createdDateTime": "2026-08-20T06:41:12Z", "status": {"errorCode": 0}, "location": None, "x": "y" * 2400}
    body = json.dumps({"value": [{"id": str(n), **record} for n in range(1000)]}).encode()
    decoder = Decoder(fields)

    fastest = min(timed(decoder, body) for _ in range(5))

    assert 1000 / fastest > 20_000


def timed(decoder: Decoder, body: bytes) -> float:
    """Seconds for one page."""
    began = time.perf_counter()
    assert len(decoder.page(body).rows) == 1000
    return time.perf_counter() - began


# ---- other forms of a page


@pytest.mark.parametrize(
    ("body", "link"),
    [
        ({"devices": [{"id": "1"}], "pageDetails": {"nextPageUrl": "https://x/2", "count": 1}}, "https://x/2"),
        ({"devices": [{"id": "1"}], "pageDetails": {"nextPageUrl": None}}, None),
        ({"devices": [{"id": "1"}], "pageDetails": {"nextPageUrl": ""}}, None),
        ({"devices": [{"id": "1"}], "pageDetails": None}, None),
        ({"devices": [{"id": "1"}]}, None),
    ],
)
def test_rows_and_the_next_link_may_stand_elsewhere(body: Any, link: str | None) -> None:
    """Each provider lays out its pages in its own way."""
    decoder = Decoder([ID], ("devices", ("pageDetails", "nextPageUrl")))
    found = decoder.page(json.dumps(body).encode())
    assert (found.rows, found.next_link) == ([("1",)], link)
    careful = decoder.page(json.dumps(body | {"note": "\0"}).encode())
    assert (careful.rows, careful.next_link) == ([("1",)], link)


def test_a_list_under_another_name_is_no_list_of_this_form() -> None:
    """Zero rows is a claim that must be earned."""
    with pytest.raises(SourceError, match="holds no list"):
        Decoder([ID], ("devices", ("next",))).page(b'{"value": []}')


# ---- changes, and lists inside


NAME = field("name", "displayName")
PLACE = field("place", "address.city")
MEMBER = (field("group", "", key=True, parent="id"), field("member", "id", key=True))
OF_CHANGES = Inner("members", ("members@delta",), MEMBER)
WHOLE = Inner("keys", ("credentials", "keys"), (field("owner", "", key=True, parent="id"), field("key", "k", key=True)))


def changes(*records: Any, inner: tuple[Inner, ...] = (), facet: str = "") -> Page:
    """These records as changes."""
    body = {"value": records, "@odata.deltaLink": "https://x/delta?t"}
    return RecordDecoder([ID, NAME, PLACE], inner, facet).page(json.dumps(body).encode())


def test_what_a_change_leaves_out_has_a_bit_and_null_has_none() -> None:
    """Absent is not null; what is missing inside an object that came is empty."""
    found = changes(
        {"id": "1"}, {"id": "2", "displayName": None, "address": {}}, {"id": "3", "displayName": "x", "address": None}
    )
    assert found.rows == [("1", None, None), ("2", None, None), ("3", "x", None)]
    assert found.marks == [(None, 0b110), (None, None), (None, None)]
    assert found.delta_link == "https://x/delta?t"


@pytest.mark.parametrize(
    "record", [{"id": "1", "@removed": {"reason": "deleted"}}, {"id": "1", "deleted": {"state": "softDeleted"}}]
)
def test_a_removed_record_keeps_its_key_only(record: Any) -> None:
    """Directory and drives say it in words of their own."""
    found = changes(record | {"displayName": 5})
    assert (found.rows, found.marks, found.bad) == ([("1", None, None)], [(True, None)], [])


def test_a_record_without_its_facet_counts_as_removed_and_an_empty_facet_is_there() -> None:
    """An empty facet says that an item has rights of its own without links."""
    found = changes({"id": "1", "shared": {}}, {"id": "2"}, {"id": "3", "shared": None}, facet="shared")
    assert [mark[0] for mark in found.marks] == [None, True, True]


def test_the_lists_inside_records_become_rows_of_their_own() -> None:
    """With the key of the record, who left, and whether it is the whole list; a list that is not there says nothing."""
    found = changes(
        {"id": "g", "members@delta": [{"id": "a"}, {"id": "b", "@removed": {"reason": "deleted"}}]},
        {"id": "h", "credentials": {"keys": [{"k": "1"}]}},
        {"id": "i", "credentials": {"keys": []}, "members@delta": None},
        inner=(OF_CHANGES, WHOLE),
    )
    assert found.portions["members"] == [
        Portion(("g",), False, [(("g", "a"), None), (("g", "b"), True)]), Portion(("i",), False, []),
    ]  # fmt: skip
    assert found.portions["keys"] == [Portion(("h",), True, [(("h", "1"), None)]), Portion(("i",), True, [])]


@pytest.mark.parametrize("members", ["text", [5], [{"name": "no id"}], {"id": "x"}])
def test_a_record_with_an_odd_list_inside_is_named(members: Any) -> None:
    """Half of a membership list would look like people who left."""
    found = changes({"id": "g", "members@delta": members}, {"id": "h"}, inner=(OF_CHANGES,))
    assert ([row[0] for row in found.rows], found.bad) == (["h"], ["g"])


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
def test_odd_characters_in_changes_are_replaced(odd: str) -> None:
    """No name may stop a run."""
    assert changes({"id": "1", "displayName": f"A{odd}"}).rows == [("1", "A\ufffd", None)]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"value": 5}', b'{"value": [], "@odata.deltaLink": 5}', b"<html>"])
def test_changes_that_are_no_page_are_refused(body: bytes) -> None:
    """Something on the way answered instead."""
    with pytest.raises(SourceError):
        RecordDecoder([ID]).page(body)


@pytest.mark.parametrize(
    ("wire", "moment"),
    [("1689072497.714", 1_689_072_497_714_000), ("1689072497714", 1_689_072_497_714_000), ("0", None), ("null", None)],
    ids=["seconds", "milliseconds", "nothing", "null"],
)
def test_a_time_that_is_counted_is_a_time_too(wire: str, moment: int | None) -> None:
    """Datto RMM gives seconds with a fraction in one list and milliseconds in another."""
    fields = (
        Field("id", ("id",), "text", "test", key=True),
        Field("at", ("at",), "time", "test"),
    )
    page = Decoder(fields).page(b'{"value":[{"id":"a","at":' + wire.encode() + b"}]}")
    assert [row[1] for row in page.rows] == [moment]
