"""Privacy requests over every holder in the settings: real events in, a request, nothing left."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from cdp.lib import clock, sql
from consent import api
from consent.requests import ask
from consent.requests.holders import cluster_of, holders
from consent.requests.models import OneTimeLink, Receipt
from consent.requests.run import run, unpack
from profiles import api as profiles
from profiles.events import quarantine, sources
from profiles.events.models import Quarantined

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL, OTHER = "ada@example.org", "bob@example.org"
CONSENT = {
    "consent": {
        "categoryPreferences": {"analytics": True, "personalisation": True, "marketing": True}
    }
}


@pytest.fixture(autouse=True)
def _quiet(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def send(*messages: dict[str, Any]) -> None:
    """What a shop's page sends, digested."""
    source = sources.ensure("test-shop", "Shop", "web", secret="write-key-of-tests")
    batch = [
        {"messageId": str(uuid4()), "timestamp": clock.now().isoformat(), "context": CONSENT}
        | message
        for message in messages
    ]
    body = json.dumps({"batch": batch}).encode()
    profiles.accept(source=source, call="batch", body=body, received_at=clock.now())
    profiles.digest_available()


def shopper(email: str, user: str) -> None:
    """Someone who browses, signs in and buys."""
    device = f"device-{user}"
    product = {"product_id": f"p-{user}", "price": 10, "quantity": 1}
    send(
        {"type": "page", "anonymousId": device, "properties": {"path": "/"}},
        {
            "type": "track",
            "anonymousId": device,
            "event": "Product Viewed",
            "properties": product,
        },
        {
            "type": "identify",
            "anonymousId": device,
            "userId": user,
            "traits": {"email": email, "firstName": "Ada"},
        },
        {
            "type": "track",
            "userId": user,
            "event": "Order Completed",
            "properties": {"order_id": f"o-{user}", "total": 10, "products": [product]},
        },
    )


def request(kind: str, email: str = EMAIL) -> Any:
    """A confirmed request of the person with this address."""
    return ask.confirm(ask.by_mail(kind, email).pk, evidence="one-time link")


def test_erasure__whole_house__nothing_left_and_neighbours_untouched() -> None:
    shopper(EMAIL, "u-ada")
    shopper(OTHER, "u-bob")
    cluster = cluster_of("email", EMAIL)
    assert len(cluster) >= 2
    before = {h.name: h.count(cluster_of("email", OTHER)) for h in holders()}
    erasure = ask.approve(request("erasure").pk, by=None)
    assert run(erasure.pk) == "done"
    for kind, value in (("email", EMAIL), ("user_id", "u-ada"), ("anonymous_id", "device-u-ada")):
        assert profiles.resolve(kind, value) is None
    assert [spot for holder in holders() for spot in holder.verify(cluster)] == []
    targets = {t["holder"]: t for t in json.loads(Receipt.objects.get().body)["targets"]}
    assert list(targets) == ["recommendations", "segments", "profiles", "consent"]
    assert targets["profiles"]["rows"]["profiles_event"] >= 3
    assert {h.name: h.count(cluster_of("email", OTHER)) for h in holders()} == before


def test_erasure__their_device_goes_on_browsing__old_consent_stays_withdrawn() -> None:
    shopper(EMAIL, "u-ada")
    run(ask.approve(request("erasure").pk, by=None).pk)
    send({"type": "page", "anonymousId": "device-u-ada", "properties": {"path": "/again"}})
    assert profiles.resolve("anonymous_id", "device-u-ada") is None
    assert sql.rows("SELECT count(*) FROM profiles_event")[0][0] == 0


def test_erasure__they_buy_again_and_choose_anew__a_new_beginning() -> None:
    shopper(EMAIL, "u-ada")
    run(ask.approve(request("erasure").pk, by=None).pk)
    send(
        {
            "type": "track",
            "userId": "u-ada",
            "event": "Order Completed",
            "properties": {
                "order_id": "o-2",
                "total": 5,
                "products": [{"product_id": "p", "price": 5, "quantity": 1}],
            },
        }
    )
    subject = profiles.resolve("user_id", "u-ada")
    assert subject is not None
    assert api.standings([subject]) == {subject: api.always_mask()}


def test_erasure__message_still_on_its_way__waits_for_it_and_takes_it_along() -> None:
    shopper(EMAIL, "u-ada")
    erasure = ask.approve(request("erasure").pk, by=None)
    source = sources.ensure("test-shop", "Shop", "web", secret="write-key-of-tests")
    late = {"type": "identify", "userId": "u-ada", "traits": {"email": EMAIL, "nickname": "Adi"}}
    profiles.accept(
        source=source, call="identify", body=json.dumps(late).encode(), received_at=clock.now()
    )
    assert run(erasure.pk) == "waiting"
    assert profiles.resolve("email", EMAIL) is not None
    profiles.digest_available()
    assert run(erasure.pk) == "done"
    assert profiles.resolve("user_id", "u-ada") is None


def test_erasure__messages_nobody_could_read__go_where_they_name_the_person() -> None:
    shopper(EMAIL, "u-ada")
    broken = {"type": "track", "event": "x", "timestamp": "yesterday"}
    send(broken | {"userId": "u-ada"}, broken | {"userId": "u-adamant"})
    run(ask.approve(request("erasure").pk, by=None).pk)
    (left,) = Quarantined.objects.all()
    assert b"u-adamant" in quarantine.unseal(left)


def test_erasure__copy_asked_for_before__goes_too() -> None:
    shopper(EMAIL, "u-ada")
    copy = request("access")
    assert run(copy.pk) == "done"
    assert unpack(copy) is not None
    run(ask.approve(request("erasure").pk, by=None).pk)
    assert unpack(copy) is None
    assert not OneTimeLink.objects.filter(request=copy, use=OneTimeLink.Use.DOWNLOAD).exists()


def test_access__whole_house__says_what_was_sent() -> None:
    shopper(EMAIL, "u-ada")
    copy = request("access")
    assert run(copy.pk) == "done"
    text = (unpack(copy) or b"").decode()
    for told in (EMAIL, "u-ada", "device-u-ada", "o-u-ada", "p-u-ada", "marketing"):
        assert told in text


def test_erasure__address_nobody_knows__done_with_an_empty_receipt() -> None:
    erasure = ask.approve(request("erasure", "nobody@example.org").pk, by=None)
    assert run(erasure.pk) == "done"
    targets = json.loads(Receipt.objects.get().body)["targets"]
    assert sum(sum(target["rows"].values()) for target in targets) == 0
    assert clock.now() - erasure.received_at < timedelta(minutes=5)
