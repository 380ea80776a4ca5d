"""Whatever comes, the parser answers: understood or rejected, never an exception."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.data import Arrival, SourceInfo
from profiles.events import wire
from profiles.events.clean import clean
from tests.naughty import STRINGS
from tests.wire import shapes

SOURCE = SourceInfo(1, "shop", "web", 50)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CALLS = st.sampled_from(sorted(wire.TYPES | wire.BATCHES))
ODD = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(STRINGS)
    | st.sampled_from(["9" * 400, "1e999", "0001-01-01", "9999-12-31T23:59:59-12:00"])
)
VALUES = st.recursive(
    ODD,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["product_id", "products", "price", "email", "x"]), inner)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "type",
        "messageId",
        "timestamp",
        "sentAt",
        "userId",
        "anonymousId",
        "previousId",
        "groupId",
        "event",
        "name",
        "category",
        "properties",
        "traits",
        "context",
    ]
)
MESSAGES = st.dictionaries(FIELDS, VALUES, max_size=10)


def read(body: bytes, call: str) -> list[Arrival | wire.Rejected]:
    return wire.read(wire.Request("inbox-1", SOURCE, call, NOW, body))


def storable(value: Any) -> bool:
    """No text in it would be refused by the database."""
    return bool(clean(value) == value)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=100), call=CALLS)
def test_read__any_bytes__never_raises(body: bytes, call: str) -> None:
    assert all(isinstance(found, Arrival | wire.Rejected) for found in read(body, call))


@settings(max_examples=400, deadline=None)
@given(message=MESSAGES, call=CALLS)
def test_read__any_message__is_understood_or_rejected_with_a_reason(
    message: dict[str, Any], call: str
) -> None:
    body = {"batch": [message, shapes.ALIAS]} if call in wire.BATCHES else message
    found = read(json.dumps(body).encode(), call)
    assert len(found) == (2 if call in wire.BATCHES else 1)
    for result in found:
        if isinstance(result, wire.Rejected):
            assert result.code
            assert result.message
        else:
            told = (result.name, result.user_id, dict(result.properties), dict(result.traits))
            assert storable(list(told))
            assert result.timestamp.tzinfo is not None
    if call in wire.BATCHES:
        assert isinstance(found[1], Arrival)
