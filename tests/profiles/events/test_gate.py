"""The consent gate: who said what, what the ledger holds, what kind of message, what is kept."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cdp.lib import clock, ids, sql
from consent import api as consent
from consent.data import Act, Evidence
from profiles import pipeline
from profiles.data import SourceInfo
from profiles.events import inbox, sources
from profiles.identity.nodes import node_id

pytestmark = pytest.mark.django_db

THEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
YES = {"analytics": True, "personalisation": True}
NO = {"analytics": False, "personalisation": False, "marketing": False}
VIEW = {"type": "track", "event": "Product Viewed", "properties": {"product_id": "p1"}}
ORDER = {"type": "track", "event": "Order Completed", "properties": {"order_id": "o", "total": 5}}
IDENTIFY = {"type": "identify", "traits": {"email": "ada@example.org"}}
UPDATE = {"type": "track", "event": "Segment Consent Preference Updated"}


@pytest.fixture
def source() -> SourceInfo:
    return sources.ensure("shop", "Shop", "web")


def say(**fields: Any) -> dict[str, Any]:
    stated = fields.pop("consent", None)
    at = fields.pop("at", THEN)
    message = {"messageId": str(ids.new()), "timestamp": at.isoformat(), "context": {}} | fields
    message["context"] |= {"userAgent": "Chrome/1", "locale": "de"}
    if stated is not None:
        message["context"] |= {"consent": {"categoryPreferences": stated}}
    return message


def digest(source: SourceInfo, *messages: dict[str, Any]) -> dict[str, int]:
    body = json.dumps({"batch": messages}).encode()
    inbox.accept(source=source, call="batch", body=body, received_at=clock.now())
    return dict(pipeline.digest_available())


def decide(anonymous_id: str, *, granted: bool) -> None:
    choose(node_id("anonymous_id", anonymous_id), **dict.fromkeys(YES, granted))


def choose(subject: UUID, **choices: bool) -> None:
    consent.record(
        Act(
            act_id=ids.new(),
            subject_id=subject,
            purpose=purpose,
            granted=granted,
            occurred_at=THEN - timedelta(days=1),
            evidence=Evidence.AUTHENTICATED,
            source="privacy-centre",
        )
        for purpose, granted in choices.items()
    )


def masks() -> list[int]:
    return [mask for (mask,) in sql.rows("SELECT purposes FROM profiles_event")]


@pytest.mark.parametrize(
    ("ledger", "own", "message", "kept"),
    [
        (None, None, VIEW, None),
        (None, YES, VIEW, ("analytics", "personalisation")),
        (None, {"analytics": True}, VIEW, ("analytics",)),
        (None, {"marketing": True}, VIEW, None),
        (None, NO, VIEW, None),
        (True, None, VIEW, ("analytics", "personalisation")),
        (True, NO, VIEW, None),
        (True, {"analytics": False}, VIEW, ("personalisation",)),
        (False, None, VIEW, None),
        (None, None, ORDER, ("service",)),
        (None, YES, ORDER, ("service", "analytics", "personalisation")),
        (True, NO, ORDER, ("service",)),
        (None, None, IDENTIFY, None),
        (None, None, IDENTIFY | {"userId": "u1"}, ("service",)),
        (None, {"service": False}, ORDER, ("service",)),
    ],
)
def test_gate__statement_ledger_and_kind__decide_what_is_kept(
    source: SourceInfo,
    ledger: bool | None,
    own: dict[str, bool] | None,
    message: dict[str, Any],
    kept: tuple[str, ...] | None,
) -> None:
    if ledger is not None:
        decide("visitor-1", granted=ledger)
    counts = digest(source, say(**message, anonymousId="visitor-1", consent=own))
    assert masks() == ([] if kept is None else [consent.mask_of(*kept)])
    assert counts["refused"] == (kept is None)
    outcome = sql.rows("SELECT outcome FROM profiles_receipt")
    assert outcome == [("r" if kept is None else "s",)]


BOTH = ("analytics", "personalisation")


@pytest.mark.parametrize(
    ("user", "device", "own", "message", "kept"),
    [
        (YES, YES, None, VIEW, BOTH),
        (YES, {}, None, VIEW, BOTH),
        ({}, YES, None, VIEW, BOTH),
        ({}, {}, None, VIEW, None),
        (YES, NO, None, VIEW, None),
        (NO, YES, None, VIEW, None),
        (YES, {"analytics": False}, None, VIEW, ("personalisation",)),
        ({"personalisation": True}, {"analytics": True}, None, VIEW, BOTH),
        (YES, NO, YES, VIEW, None),
        (YES, NO, YES, UPDATE, BOTH),
        (YES, YES, NO, VIEW, None),
        (YES, NO, None, ORDER, ("service",)),
        (YES, {"restriction": True}, YES, UPDATE, None),
        ({"restriction": True}, YES, YES, UPDATE, None),
    ],
)
def test_gate__user_meets_device_with_a_choice_of_its_own__the_stricter_of_both_decides(
    source: SourceInfo,
    *,
    user: dict[str, bool],
    device: dict[str, bool],
    own: dict[str, bool] | None,
    message: dict[str, Any],
    kept: tuple[str, ...] | None,
) -> None:
    digest(source, say(**IDENTIFY, userId="u1", at=THEN - timedelta(days=2)))
    sql.execute("DELETE FROM profiles_event")
    for kind, value, choices in (("user_id", "u1", user), ("anonymous_id", "d1", device)):
        choose(node_id(kind, value), **choices)
    digest(source, say(**message, userId="u1", anonymousId="d1", consent=own))
    assert masks() == ([] if kept is None else [consent.mask_of(*kept)])


def test_gate__refused_message__leaves_nothing_but_a_receipt(source: SourceInfo) -> None:
    digest(source, say(**VIEW, anonymousId="visitor-1"))
    for table in ("profiles_event", "profiles_profile", "profiles_identifier"):
        assert sql.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_gate__order_without_consent__is_stripped_of_device_and_context(
    source: SourceInfo,
) -> None:
    digest(source, say(**ORDER, anonymousId="visitor-1", userId="u1"))
    assert sql.rows("SELECT kind FROM profiles_identifier") == [("user_id",)]
    assert sql.rows("SELECT context FROM profiles_event") == [("{}",)]


def test_gate__anonymous_order_without_consent__belongs_to_nobody(source: SourceInfo) -> None:
    digest(source, say(**ORDER, anonymousId="visitor-1"))
    assert sql.rows("SELECT node_id, profile_id, revenue FROM profiles_event") == [(None, None, 5)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_gate__statement_in_the_middle_of_a_batch__counts_from_its_moment_in_any_order(
    source: SourceInfo, order: tuple[int, ...]
) -> None:
    minute = timedelta(minutes=1)
    messages = [
        say(**VIEW, anonymousId="visitor-1", at=THEN - minute),
        say(**UPDATE, anonymousId="visitor-1", consent=YES, at=THEN),
        say(**VIEW, anonymousId="visitor-1", at=THEN + minute),
    ]
    digest(source, *(messages[place] for place in order))
    kept = {row[0] for row in sql.rows("SELECT timestamp FROM profiles_event")}
    assert kept == {THEN, THEN + minute}


def test_gate__withdrawal_in_the_privacy_centre__outlives_what_a_page_repeats(
    source: SourceInfo,
) -> None:
    decide("visitor-1", granted=False)
    digest(source, say(**VIEW, anonymousId="visitor-1", consent=YES))
    assert masks() == []


def test_gate__grant_stated_by_a_page__is_written_into_the_ledger_once(
    source: SourceInfo,
) -> None:
    update = say(**UPDATE, anonymousId="visitor-1", consent=YES)
    digest(source, update, say(**VIEW, anonymousId="visitor-1", consent=YES))
    digest(source, update)
    records = consent.history(node_id("anonymous_id", "visitor-1"))
    told = sorted((record.act.purpose, record.act.granted) for record in records)
    assert told == [("analytics", True), ("personalisation", True)]
    assert {record.act.evidence for record in records} == {Evidence.CLIENT_ASSERTED}
