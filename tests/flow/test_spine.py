"""The main job, end to end, with nothing replaced: the real SDK and plain HTTP in front; granian,
the digest, the Celery worker, PostgreSQL and Valkey behind; answers read back over the API."""

import uuid
from typing import Any

import pytest
import requests
from celery import Celery
from segment.analytics.client import Client

from tests.flow.caller import API_KEY, EVERYTHING, WRITE_KEY, Shop
from tests.flow.stack import Stack

pytestmark = pytest.mark.flow


def fresh(kind: str) -> str:
    """A value nobody else has."""
    return f"{kind}-{uuid.uuid4().hex[:10]}"


def product(item_id: str = "KIT-001") -> dict[str, Any]:
    return {"product_id": item_id, "price": 12.5, "quantity": 1, "category": "Kitchen"}


def attributes(person: Any) -> dict[str, Any]:
    return {one["attribute"]: one for one in person["attributes"]}


def test_spine__identified_shopper_with_consent__profile_segment_recommendation(
    stack: Stack,
) -> None:
    shop, user = Shop(stack), fresh("user")
    email, told = f"{user}@example.org", fresh("fair")
    segment = shop.post(
        "/api/v1/segments/",
        {
            "name": told, "slug": told, "purpose": "personalisation",
            "rule": {"event_name": told, "op": "gte", "value": 2, "within": {"days": 1}},
        },
    )  # fmt: skip
    assert segment["state"] == "live"
    client = Client(WRITE_KEY, host=stack.base_url, gzip=True)
    client.identify(user, {"email": email, "firstName": "Ada", "plan": "gold"}, EVERYTHING)
    for _ in range(2):
        client.track(user, told, product(), EVERYTHING)
        client.track(user, "Product Viewed", product(), EVERYTHING)
    client.shutdown()

    person = stack.wait_until(
        lambda: (
            (found := shop.person("email", email))
            and attributes(found).get("views", {}).get("value") == 2
            and found
        )
    )
    name = attributes(person)["first_name"]
    assert (name["value"], name["source"], name["rule"]) == ("Ada", "demo-shop", "core.v1")
    deciding = shop.get(f"/api/v1/profiles/{person['profile_id']}/events/", kind="identify")
    assert name["event_id"] in {event["event_id"] for event in deciding["results"]}
    assert {"type": "user_id", "value": user}.items() <= person["identifiers"][0].items()

    why = shop.get(f"/api/v1/segments/{told}/explain", profile=f"user_id:{user}")
    assert why["member"]
    assert len(why["why"]["event_ids"]) == 2
    members = shop.get(f"/api/v1/segments/{told}/members")["results"]
    assert members == [{"profile_id": person["profile_id"]}]

    slate = shop.get("/recommendations", user_id=user, context="homepage", device="mobile")
    assert slate["personalised"]
    ranked = [item for item in slate["items"] if not item["override"]]
    assert ranked
    assert all(item["reason"]["text"] for item in ranked)
    assert any("Kitchen" in item["category"] for item in ranked[:3])


def test_spine__anonymous_visit_then_sign_in__one_person_with_both(stack: Stack) -> None:
    shop, device, user = Shop(stack), fresh("device"), fresh("user")
    shop.send(
        {"type": "page", "anonymousId": device, "context": EVERYTHING},
        {
            "type": "track", "event": "Product Viewed", "anonymousId": device,
            "properties": product(), "context": EVERYTHING,
        },
    )  # fmt: skip
    before = stack.wait_until(lambda: shop.person("anonymous_id", device))
    assert not before["known"]
    shop.send({"type": "identify", "anonymousId": device, "userId": user, "context": EVERYTHING})
    after = stack.wait_until(lambda: shop.person("user_id", user))
    assert shop.person("anonymous_id", device)["profile_id"] == after["profile_id"]
    assert (
        shop.get(f"/api/v1/profiles/{before['profile_id']}/")["profile_id"] == after["profile_id"]
    )
    done = shop.get(f"/api/v1/profiles/{after['profile_id']}/events/")["results"]
    assert sorted(event["kind"] for event in done) == ["identify", "page", "view"]


def test_spine__without_consent__browsing_is_not_kept_and_the_order_is_for_service(
    stack: Stack,
) -> None:
    shop, device, user = Shop(stack), fresh("device"), fresh("user")
    shop.send(
        {"type": "page", "anonymousId": device, "messageId": f"{device}-page"},
        {
            "type": "track", "event": "Order Completed", "userId": user, "anonymousId": device,
            "messageId": f"{device}-order", "context": {"page": {"path": "/checkout"}},
            "properties": {"order_id": device, "total": 12.5, "products": [product()]},
        },
    )  # fmt: skip
    person = stack.wait_until(lambda: shop.person("user_id", user))
    (order,) = shop.get(f"/api/v1/profiles/{person['profile_id']}/events/")["results"]
    assert (order["purposes"], order["revenue"]) == (["service"], 12.5)
    assert order["context"] == {}
    assert [one["type"] for one in person["identifiers"]] == ["user_id"]
    assert shop.person("anonymous_id", device) is None
    assert shop.get("/api/v1/events", message_id=f"{device}-page")["results"] == []
    slate = shop.get("/recommendations", user_id=user)
    assert not slate["personalised"]


def test_spine__pages_without_an_sdk__are_known_by_a_safe_cookie(stack: Stack) -> None:
    shop, browser = Shop(stack), requests.Session()
    consent = {"analytics": True}
    sent: dict[str, Any] = {
        "write_key": WRITE_KEY, "product_id": "KIT-001", "consent": consent,
    }  # fmt: skip
    for event in ("Product Viewed", "Product Added"):
        answer = browser.post(f"{stack.base_url}/track", json=sent | {"event": event}, timeout=10)
        assert answer.json() == {"success": True}
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    visitor = str(browser.cookies["cdp_anonymous_id"])

    def both() -> Any:
        person = shop.person("anonymous_id", visitor)
        return person and shop.get(f"/api/v1/profiles/{person['profile_id']}/events/")["results"]

    kinds = stack.wait_until(lambda: (done := both()) and len(done) == 2 and done)
    assert {event["kind"] for event in kinds} == {"view", "add"}


def test_spine__server_side_event__is_stored_once_though_sent_twice(stack: Stack) -> None:
    shop, user = Shop(stack), fresh("user")
    sent: dict[str, Any] = {
        "user_id": user, "event_type": "Order Completed", "order_id": user, "revenue": 20,
        "currency": "EUR", "message_id": user, "consent": {"analytics": True},
    }  # fmt: skip
    for _ in range(2):
        assert shop.post("/api/log_event", sent) == {"success": True}
    person = stack.wait_until(lambda: shop.person("user_id", user))
    stack.wait_until(lambda: stack.lag() == 0)
    (event,) = shop.get("/api/v1/events", message_id=user)["results"]
    assert (event["source"], event["revenue"], event["profile_id"]) == (
        "server-api", 20.0, person["profile_id"],
    )  # fmt: skip
    refused = requests.post(
        f"{stack.base_url}/api/log_event",
        json=sent,
        headers={"X-Api-Key": API_KEY + "x"},
        timeout=5,
    )
    assert (refused.status_code, refused.json()["code"]) == (401, "unknown_key")


@pytest.mark.parametrize(
    ("task", "finished"),
    [
        (
            "recommendations.tasks.train",
            "SELECT count(*) FROM recommendations_run WHERE state = 'live' AND published_at > %s",
        ),
        (
            "segments.tasks.find_clusters",
            "SELECT count(*) FROM segments_clusterrun WHERE started_at > %s",
        ),
    ],
)
def test_spine__learning_asked_of_the_worker__leaves_finished_runs(
    stack: Stack, task: str, finished: str
) -> None:
    ((now,),) = stack.query("SELECT clock_timestamp()")
    with Celery(broker=stack.valkey.url) as queue:
        queue.send_task(task)
    assert stack.wait_until(lambda: stack.query(finished, [now])[0][0], 60) >= 1
