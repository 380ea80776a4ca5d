"""Through the real path of an event: whatever comes, live memberships are what a recount finds."""

import json
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.lib import clock
from profiles import api as profiles
from profiles.data import SourceInfo
from profiles.events import sources
from profiles.identity.nodes import node_id
from segments import api as segments
from segments.models import Membership
from segments.rules import membership
from tests.factories.messages import message
from tests.factories.messages import source as message_source
from tests.segments.conftest import Maker

pytestmark = pytest.mark.django_db

ALLOWED = {"analytics": True, "personalisation": True, "marketing": True}
RULES: list[dict[str, Any]] = [
    {"event": "purchase", "within": {"days": 7}},
    {"event": "purchase", "has": False},
    {"attribute": "behavioural.orders", "op": "gte", "value": 2},
    {"attribute": "behavioural.revenue", "op": "lt", "value": 100},
    {"attribute": "core.gender", "op": "equals", "value": "f"},
    {"attribute": "core.gender", "op": "missing"},
    {"event": "view", "measure": "distinct_items", "op": "gte", "value": 2},
    {"attribute": "affinity.category", "op": "has_any", "value": ["shoes"]},
]

PRODUCTS = st.sampled_from([("a", "shoes"), ("b", "hats"), ("c", "shoes")])
NAMES = st.sampled_from(["Product Viewed", "Product Added", "Order Completed"])


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    device = draw(st.sampled_from(["d1", "d2", "d3"]))
    consent = draw(st.sampled_from([ALLOWED, ALLOWED, ALLOWED, ALLOWED | {"marketing": False}]))
    message: dict[str, Any] = {
        "anonymousId": device,
        "context": {"consent": {"categoryPreferences": consent}},
    }
    if draw(st.integers(0, 3)) == 0:
        traits = draw(st.sampled_from([{}, {"gender": "f"}, {"gender": "m"}]))
        user = draw(st.sampled_from(["u1", "u2"]))
        return message | {"type": "identify", "userId": user, "traits": traits}
    item, category = draw(PRODUCTS)
    name = draw(NAMES)
    product = {"product_id": item, "category": category, "price": 60, "quantity": 1}
    properties: dict[str, Any] = product
    if name == "Order Completed":
        properties = {"order_id": str(draw(st.integers(1, 9))), "products": [product]}
        properties |= {"revenue": 60, "currency": "EUR"}
    return message | {"type": "track", "event": name, "properties": properties}


def _said(message: dict[str, Any], **choices: bool) -> dict[str, Any]:
    granted = dict.fromkeys(("analytics", "personalisation", "marketing"), True) | choices
    return message | {"context": {"consent": {"categoryPreferences": granted}}}


def _told(user: str, device: str) -> dict[str, Any]:
    return _said({"type": "identify", "userId": user, "anonymousId": device, "traits": {}})


def _order(device: str, **choices: bool) -> dict[str, Any]:
    line = {"product_id": "a", "category": "shoes", "price": 60, "quantity": 1}
    properties = {"order_id": device, "products": [line], "revenue": 60, "currency": "EUR"}
    message = {"type": "track", "event": "Order Completed", "anonymousId": device}
    return _said(message | {"properties": properties}, **choices)


class _RolledBackError(Exception):
    pass


def _digest(source: SourceInfo, batches: list[list[dict[str, Any]]]) -> None:
    for number, batch in enumerate(batches):
        dated = [
            message | {"messageId": f"m-{number}-{index}"} for index, message in enumerate(batch)
        ]
        body = json.dumps({"batch": dated}).encode()
        profiles.accept(source=source, call="batch", body=body, received_at=clock.now())
        profiles.digest_available()


def _open() -> set[tuple[str, Any]]:
    stays = Membership.objects.filter(until__isnull=True)
    return set(stays.values_list("segment__slug", "profile_id"))


@pytest.fixture
def everything_live(live: Maker) -> None:
    for number, rule in enumerate(RULES):
        live(rule, name=f"Rule {number}")
    live({"all": [{"segment": "rule-1"}, {"segment": "rule-4", "in": False}]}, name="A above")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=st.lists(st.lists(messages(), min_size=1, max_size=5), min_size=1, max_size=4))
def test_live__after_any_messages__is_what_a_full_recount_finds(
    everything_live: None, batches: list[list[dict[str, Any]]]
) -> None:
    source = sources.ensure("flow", "Flow", "web", trust_rank=50)
    try:
        with transaction.atomic():
            _digest(source, batches)
            live_members = _open()
            drift = {count.slug: count.drift for count in membership.recompute() if count.drift}
            assert drift == {}
            assert _open() == live_members
            raise _RolledBackError
    except _RolledBackError:
        pass


def test_live__consent_told_beside_a_stranger__reaches_the_device_it_is_about(
    everything_live: None,
) -> None:
    """A message that names a device and a user nobody knew speaks for the device's own profile,
    while the message itself is the user's."""
    source = sources.ensure("flow", "Flow", "web", trust_rank=50)
    _digest(source, [[_order("d2", marketing=False)], [_told("u2", "d2"), _told("u1", "d2")]])
    assert {slug for slug, who in _open() if who == profiles.resolve("anonymous_id", "d2")}
    assert {count.slug for count in membership.recompute() if count.drift} == set()


def test_live__refusal_whose_message_is_not_kept__ends_the_stay(everything_live: None) -> None:
    source = sources.ensure("flow", "Flow", "web", trust_rank=50)
    refusal = dict.fromkeys(("analytics", "personalisation", "marketing"), False)
    page = _said({"anonymousId": "d1", "type": "page"}, **refusal)
    _digest(source, [[_order("d1")], [page]])
    assert Membership.objects.exists()
    assert not _open()


def test_live__order_through_the_inbox__reaches_the_segment_in_the_same_digest(
    everything_live: None,
) -> None:
    source = sources.ensure("flow", "Flow", "web", trust_rank=50)
    order = {
        "type": "track",
        "event": "Order Completed",
        "userId": "u1",
        "anonymousId": "d1",
        "context": {"consent": {"categoryPreferences": ALLOWED}},
        "properties": {"order_id": "1", "revenue": 60, "products": [{"product_id": "a"}]},
    }
    _digest(source, [[order]])
    buyer = profiles.resolve("user_id", "u1")
    assert buyer is not None
    slugs = {stay.segment for stay in segments.memberships_of(buyer)}
    assert "rule-0" in slugs
    assert "rule-1" not in slugs


def test_live__shared_device_split_off_late__takes_its_history_out_of_the_segment(
    live: Maker,
) -> None:
    live({"event": "view", "measure": "distinct_items", "op": "gte", "value": 2}, name="Lookers")
    web = message_source()
    for minute, item in enumerate("ab"):
        profiles.process([message(web, visitor="d1", minutes=minute, items=((item, "", ""),))])
    profiles.process([message(web, "identify", user="u1", visitor="d1", minutes=2)])
    device, owner = node_id("anonymous_id", "d1"), profiles.resolve("user_id", "u1")
    assert _open() == {("lookers", owner)}
    profiles.process([message(web, "identify", user="u2", visitor="d1", minutes=3)])
    assert _open() == {("lookers", device)}
    assert [count.drift for count in membership.recompute()] == [0]
