"""What the parser makes of requests, good and bad, as tables."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from profiles.data import Arrival, SourceInfo
from profiles.events import wire
from profiles.events.personal import reduce_context, split_personal
from profiles.events.wire import Rejected
from tests.wire import shapes

SOURCE = SourceInfo(1, "shop", "web", 50)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def read(body: Any, call: str = "track") -> list[Arrival | Rejected]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return wire.read(wire.Request("inbox-7", SOURCE, call, NOW, raw))


def one(body: Any, call: str = "track") -> Arrival:
    (found,) = read(body, call)
    assert isinstance(found, Arrival), found
    return found


def refused(body: Any, call: str = "track") -> Rejected:
    (found,) = read(body, call)
    assert isinstance(found, Rejected), found
    return found


def message(**fields: Any) -> dict[str, Any]:
    return {"event": "Signed Up", "userId": "u1", "messageId": "m1"} | fields


def test_read__browser_track__clock_corrected_and_all_times_kept() -> None:
    arrival = one(shapes.BROWSER_TRACK)
    assert (arrival.kind, arrival.name, arrival.user_id) == ("view", "Product Viewed", "")
    assert arrival.timestamp == NOW - timedelta(seconds=1)
    assert arrival.original_timestamp == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    assert arrival.sent_at == datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)
    assert arrival.received_at == NOW
    assert [line.item_id for line in arrival.lines] == ["p1"]
    assert arrival.lines[0].price == Decimal("9.5")


def test_read__python_batch__numbers_become_ids_and_batch_time_applies() -> None:
    identify, order = read(shapes.PYTHON_BATCH, "batch")
    assert isinstance(identify, Arrival)
    assert isinstance(order, Arrival)
    assert (identify.user_id, identify.anonymous_id) == ("12345", "")
    assert identify.traits == {"email": "ada@example.org"}
    assert identify.timestamp == NOW - timedelta(seconds=5)
    assert (order.kind, order.order_id, order.currency) == ("purchase", "o-1", "EUR")
    assert order.revenue == Decimal("25.5")
    assert [(line.item_id, line.quantity) for line in order.lines] == [
        ("p1", Decimal(2)),
        ("p2", Decimal(1)),
    ]


@pytest.mark.parametrize(
    ("body", "call", "kind", "name"),
    [
        (shapes.NODE_PAGE, "page", "page", "Home"),
        (shapes.SCREEN, "screen", "screen", "Basket"),
        (shapes.GROUP, "group", "group", ""),
        (shapes.ALIAS, "alias", "alias", ""),
        ({k: v for k, v in shapes.ALIAS.items() if k != "type"}, "alias", "alias", ""),
        (message(type=None), "track", "custom", "Signed Up"),
    ],
)
def test_read__each_call__is_understood(
    body: dict[str, Any], call: str, kind: str, name: str
) -> None:
    arrival = one(body, call)
    assert (arrival.kind, arrival.name) == (kind, name)


def test_read__group_call__its_traits_are_not_the_persons() -> None:
    arrival = one(shapes.GROUP, "group")
    assert arrival.traits == {}
    assert arrival.properties == {"name": "Initech", "employees": 329}
    assert arrival.group_id == "77"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Product Viewed", "view"),
        ("Viewed Product", "view"),
        ("product_viewed", "view"),
        ("Product Added", "add"),
        ("add_to_cart", "add"),
        ("Wishlist Product Added to Cart", "add"),
        ("Removed Product", "remove"),
        ("Checkout Started", "checkout"),
        ("Completed Order", "purchase"),
        ("Order Refunded", "refund"),
        ("Order Cancelled", "refund"),
        ("Order Updated", "custom"),
        ("Products Searched", "search"),
        ("Product Added to Wishlist", "wishlist"),
        ("Product Reviewed", "review"),
        ("Coupon Denied", "coupon"),
        ("Clicked Promotion", "promotion"),
        ("Invited Friend", "custom"),
    ],
)
def test_read__names_of_shops__become_kinds(name: str, kind: str) -> None:
    assert one(message(event=name)).kind == kind


@pytest.mark.parametrize(
    ("properties", "revenue"),
    [
        ({"revenue": 20, "total": 30, "value": 40}, Decimal(20)),
        ({"total": "30.00"}, Decimal(30)),
        ({"value": "$1,234.50"}, Decimal("1234.5")),
        ({"revenue": "19,99 €"}, Decimal("19.99")),
        ({"products": [{"product_id": "a", "price": 2.5, "quantity": 4}]}, Decimal(10)),
        ({}, None),
    ],
)
def test_read__orders__revenue_by_precedence(
    properties: dict[str, Any], revenue: Decimal | None
) -> None:
    assert one(message(event="Order Completed", properties=properties)).revenue == revenue


def test_read__refund_with_minus__worth_is_positive() -> None:
    arrival = one(message(event="Order Refunded", properties={"total": -12.5}))
    assert arrival.revenue == Decimal("12.5")


@pytest.mark.parametrize(
    ("fields", "timestamp", "skewed"),
    [
        ({}, NOW, False),
        ({"timestamp": "2026-03-01T11:00:00Z"}, NOW - 60 * MINUTE, False),
        ({"timestamp": "2026-03-01T11:00:00"}, NOW - 60 * MINUTE, False),
        ({"timestamp": 1772362800}, NOW - 60 * MINUTE, False),
        ({"timestamp": 1772362800000}, NOW - 60 * MINUTE, False),
        ({"originalTimestamp": "2026-03-01T12:00:00+01:00"}, NOW - 60 * MINUTE, False),
        ({"timestamp": "2010-05-05T00:00:00Z", "sentAt": "2026-03-01T12:00:00Z"},
         datetime(2010, 5, 5, tzinfo=UTC), False),
        ({"timestamp": "2031-01-01T00:00:00Z", "sentAt": "2031-01-01T00:01:00Z"},
         NOW - MINUTE, False),
        ({"timestamp": "1999-12-31T00:00:00Z"}, NOW, True),
        ({"timestamp": "2026-03-03T00:00:00Z"}, NOW, True),
        ({"timestamp": "0001-01-01T00:00:00Z", "sentAt": "9999-01-01T00:00:00Z"}, NOW, True),
    ],
)  # fmt: skip
def test_read__times__corrected_or_clamped(
    fields: dict[str, Any], timestamp: datetime, skewed: bool
) -> None:
    arrival = one(message(**fields))
    assert (arrival.timestamp, arrival.skewed) == (timestamp, skewed)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"userId": None, "anonymousId": None}, "missing_identity", "userId"),
        ({"userId": {}}, "invalid_type", "userId"),
        ({"userId": True}, "invalid_type", "userId"),
        ({"userId": "x" * 301}, "id_too_long", "userId"),
        ({"event": None}, "missing_event", "event"),
        ({"event": 5}, "invalid_type", "event"),
        ({"event": "e" * 256}, "name_too_long", "event"),
        ({"messageId": "m" * 101}, "message_id_too_long", "messageId"),
        ({"properties": "none"}, "invalid_type", "properties"),
        ({"properties": []}, "invalid_type", "properties"),
        ({"traits": 3}, "invalid_type", "traits"),
        ({"context": "web"}, "invalid_type", "context"),
        ({"timestamp": "yesterday"}, "invalid_timestamp", "timestamp"),
        ({"timestamp": {}}, "invalid_timestamp", "timestamp"),
        ({"properties": {"products": "p1"}}, "invalid_value", "properties.products"),
        ({"properties": {"products": [1]}}, "invalid_value", "properties.products[0]"),
        ({"properties": {"product_id": "p", "price": "free"}}, "invalid_value", "properties.price"),
        ({"event": "Order Completed", "properties": {"total": 1e300}}, "invalid_value",
         "properties.total"),
        ({"event": "Order Completed", "properties": {"revenue": True}}, "invalid_value",
         "properties.revenue"),
        ({"event": wire.CONSENT_UPDATED}, "missing_consent",
         "context.consent.categoryPreferences"),
        ({"properties": {"x": "y" * 40_000}}, "event_too_large", ""),
    ],
)  # fmt: skip
def test_read__bad_message__is_rejected_with_reason_and_place(
    fields: dict[str, Any], code: str, field: str
) -> None:
    rejected = refused(message(**fields))
    assert (rejected.code, rejected.field) == (code, field)
    assert "yesterday" not in rejected.message
    assert json.loads(rejected.raw) == message(**fields)


@pytest.mark.parametrize(
    ("body", "call", "code"),
    [
        ({"type": "dance", "userId": "u"}, "batch", "unknown_type"),
        ({"userId": "u"}, "batch", "unknown_type"),
        ([], "batch", "invalid_message"),
        ("text", "batch", "invalid_message"),
        (None, "batch", "invalid_message"),
        ({"userId": "u", "type": "alias"}, "batch", "missing_previous_id"),
        ({"userId": "u", "type": "group"}, "batch", "missing_group_id"),
    ],
)
def test_read__one_bad_item_in_a_batch__neighbours_come_out_whole(
    body: Any, call: str, code: str
) -> None:
    first, bad, last = read({"batch": [shapes.NODE_PAGE, body, shapes.ALIAS]}, call)
    assert isinstance(bad, Rejected)
    assert bad.code == code
    assert isinstance(first, Arrival)
    assert isinstance(last, Arrival)


def test_read__batch_context__is_merged_into_items() -> None:
    item = message(type="track", context={"locale": "de"})
    arrival = one({"batch": [item], "context": {"locale": "en", "timezone": "UTC"}}, "batch")
    assert arrival.context == {"locale": "de", "timezone": "UTC"}


def test_read__no_message_id__derived_from_request_and_place() -> None:
    items = [message(type="track", messageId=None), message(type="track", messageId="")]
    assert [found.message_id for found in read({"batch": items}, "batch")] == [
        "inbox-7-0",
        "inbox-7-1",
    ]


@pytest.mark.parametrize("text", [b"a\\u0000b", b"a\\ud800b", b"a\\uDFFFb"])
def test_read__text_no_database_can_keep__is_replaced(text: bytes) -> None:
    body = b'{"event":"' + text + b'","userId":"' + text + b'","properties":{"' + text + b'":1}}'
    arrival = one(body)
    assert arrival.name == arrival.user_id == "a\ufffdb"
    assert arrival.properties == {"a\ufffdb": 1}


def test_read__whole_surrogate_pair__is_kept() -> None:
    assert one(b'{"event":"\\ud83d\\ude00","userId":"u"}').name == "😀"


def test_read__consent_in_context__is_stated() -> None:
    stated = {"categoryPreferences": {"analytics": True, "marketing": "false", "odd": 7}}
    arrival = one(message(context={"consent": stated}))
    assert arrival.consent == {"analytics": True, "marketing": False}


def test_read__deep_nesting__is_rejected() -> None:
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    assert refused(b'{"event":"e","userId":"u","properties":' + deep + b"}").code == (
        "nested_too_deeply"
    )


def test_reduce_context__browser__keeps_nothing_that_names_a_device() -> None:
    kept = reduce_context(shapes.CONTEXT)
    assert kept == {
        "device": "mobile",
        "os": "iOS",
        "browser": "Safari",
        "locale": "en-GB",
        "timezone": "Europe/Berlin",
        "page": "/p/1",
        "referrer": "search.example",
        "library": "analytics.js",
    }


def test_split_personal__addresses_among_properties__are_sealed() -> None:
    properties = {
        "name": "Mug",
        "Email": "ada@example.org",
        "shipping": {"First-Name": "Ada", "method": "post"},
        "note": "write to ada@example.org",
        "url": "https://shop.example/p?email=ada@example.org#top",
        "products": [{"product_id": "p1", "recipient": "Ada"}],
    }
    clear, sealed = split_personal(properties, {"email": "ada@example.org"}, {})
    assert clear == {
        "name": "Mug",
        "shipping": {"method": "post"},
        "url": "https://shop.example/p",
        "products": [{"product_id": "p1"}],
    }
    assert sealed["traits"] == {"email": "ada@example.org"}
    assert sealed["properties"]["shipping"] == {"First-Name": "Ada"}
    assert "ada@example.org" not in json.dumps(clear)
