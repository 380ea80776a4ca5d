"""The path of a request: inbox, digest, store."""

import json
from typing import Any

import pytest

from cdp.lib import clock, sql
from profiles import pipeline
from profiles.data import SourceInfo
from profiles.events import inbox, inbox_state, sources

pytestmark = pytest.mark.django_db

YES = {"consent": {"categoryPreferences": {"analytics": True, "personalisation": True}}}


@pytest.fixture
def source() -> SourceInfo:
    return sources.ensure("shop", "Shop", "web", secret="write-key", trust_rank=50)


def send(source: SourceInfo, call: str, body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    inbox.accept(source=source, call=call, body=raw, received_at=clock.now())


def track(message_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": "visitor-1",
        "messageId": message_id,
        "properties": {"product_id": "p1"},
        "context": YES,
    } | fields


def test_digest__a_batch_was_accepted__its_events_are_stored_once(source: SourceInfo) -> None:
    send(source, "batch", {"batch": [track("m1"), track("m2"), track("m1")]})
    send(source, "track", track("m2"))

    counts = pipeline.digest_available()

    stored = sql.rows("SELECT message_id, kind, items FROM profiles_event ORDER BY message_id")
    assert stored == [("m1", "view", ["p1"]), ("m2", "view", ["p1"])]
    assert counts["stored"] == 2
    assert counts["duplicates"] == 2
    assert inbox_state.digest_lag() == 0
    assert pipeline.digest_available() == {}
