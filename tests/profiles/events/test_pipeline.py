"""What digesting promises: order decides nothing, one bad message costs only itself."""

import json
import random
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError
from django.test import Client

from cdp.lib import clock, sql
from profiles import pipeline
from profiles.data import Batch, SourceInfo
from profiles.events import inbox, models, quarantine, sources
from profiles.identity.nodes import node_id

pytestmark = pytest.mark.django_db

YES = {"consent": {"categoryPreferences": {"analytics": True, "personalisation": True}}}


@pytest.fixture
def source() -> SourceInfo:
    return sources.ensure("shop", "Shop", "server")


def view(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": f"guest-{number % 3}",
        "messageId": f"m{number}",
        "timestamp": f"2026-03-{1 + number % 20:02}T10:00:00Z",
        "properties": {"product_id": f"p{number % 5}"},
        "context": YES,
    } | fields


def send(source: SourceInfo, *messages: Any) -> None:
    body = json.dumps({"batch": messages}).encode()
    inbox.accept(source=source, call="batch", body=body, received_at=clock.now())


def fail_on(monkeypatch: pytest.MonkeyPatch, poison: set[str], failure: Exception) -> None:
    """Put a stage before the last that fails when it meets any of these messages."""
    real = pipeline._stages

    def strict(batch: Batch) -> Batch:
        if poison & {event.message_id for event in batch.events}:
            raise failure
        return batch

    monkeypatch.setattr(pipeline, "_stages", lambda: [*real(), strict])


def stored() -> set[str]:
    return {row[0] for row in sql.rows("SELECT message_id FROM profiles_event")}


@pytest.mark.parametrize("failure", [DataError("bad"), ValueError("bad"), KeyError("bad")])
def test_digest__messages_no_stage_can_take__go_to_quarantine_alone(
    source: SourceInfo, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    fail_on(monkeypatch, {"m3", "m17"}, failure)
    for start in range(0, 20, 5):
        send(source, *(view(number) for number in range(start, start + 5)))

    counts = pipeline.digest_available()

    assert stored() == {f"m{number}" for number in range(20)} - {"m3", "m17"}
    assert (counts["stored"], counts["quarantined"]) == (18, 2)
    kept = models.Quarantined.objects.order_by("id")
    assert {row.code for row in kept} == {"undigestible"}
    assert {json.loads(quarantine.unseal(row))["messageId"] for row in kept} == {"m3", "m17"}


def test_digest__fault_of_ours__nothing_is_put_aside_or_passed_over(
    source: SourceInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, {"m1"}, AttributeError("a fault"))
    send(source, view(1), view(2))
    with pytest.raises(AttributeError):
        pipeline.digest_available()
    monkeypatch.undo()
    pipeline.digest_available()
    assert stored() == {"m1", "m2"}


def test_digest__bad_messages_in_a_batch__are_kept_sealed_and_once(source: SourceInfo) -> None:
    bad = {"type": "track", "messageId": "bad", "userId": "ada@example.org"}
    send(source, view(1), bad, 5, view(2))
    send(source, bad)
    counts = pipeline.digest_available()
    assert stored() == {"m1", "m2"}
    assert (counts["quarantined"], counts["duplicates"]) == (2, 1)
    rows = {row.code: row for row in models.Quarantined.objects.all()}
    assert set(rows) == {"missing_event", "invalid_message"}
    assert b"ada@example.org" not in bytes(rows["missing_event"].body)
    assert json.loads(quarantine.unseal(rows["missing_event"])) == bad


def test_digest__message_mended_and_sent_again__is_welcome(source: SourceInfo) -> None:
    send(source, view(1, event=None))
    pipeline.digest_available()
    send(source, view(1))
    pipeline.digest_available()
    assert stored() == {"m1"}


@pytest.mark.parametrize("seed", range(4))
def test_digest__any_order_splitting_and_repetition__gives_equal_rows(
    source: SourceInfo, seed: int
) -> None:
    dice = random.Random(seed)
    messages = [view(number) for number in range(40)]
    sent = messages + dice.sample(messages, 10)
    dice.shuffle(sent)
    while sent:
        size = dice.randrange(1, 12)
        send(source, *sent[:size])
        sent = sent[size:]
        if dice.random() < 0.4:
            pipeline.digest_available()
    pipeline.digest_available()
    events = sql.rows("SELECT message_id, profile_id, timestamp FROM profiles_event")
    days = sql.rows("SELECT profile_id, day, events, views FROM profiles_day")
    expected = [(m["messageId"], person(m), m["timestamp"][:10]) for m in messages]
    assert sorted((name, who, str(at.date())) for name, who, at in events) == sorted(expected)
    counted = Counter((who, day) for _, who, day in expected)
    assert {(who, str(day)): (n, views) for who, day, n, views in days} == {
        place: (n, n) for place, n in counted.items()
    }


def person(message: dict[str, Any]) -> UUID:
    """A visitor known by one identifier is the profile with that identifier's id."""
    return node_id("anonymous_id", message["anonymousId"])


def test_schema__plain_views__are_described() -> None:
    answer = Client().get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    paths = answer.json()["paths"]
    assert {"/v1/batch", "/v1/track", "/track", "/api/log_event"} <= set(paths)
