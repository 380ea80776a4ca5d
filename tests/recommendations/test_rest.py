"""``GET /recommendations`` as a storefront meets it."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client

from cdp.lib import crypto
from consent import api as consent
from profiles import api as profiles
from profiles.events import sources
from profiles.events.models import Source
from recommendations.overrides.models import Override
from tests.recommendations.support import also_known, item, person, stock, touch

pytestmark = pytest.mark.django_db

SHARED = Path(os.environ.get("CDP_SHARED_DATA", "../shared/data"))


@pytest.fixture(autouse=True)
def shelf() -> None:
    sources.forget()
    Source.objects.create(
        slug="web",
        name="Web",
        key_fingerprint=crypto.fingerprint("page-key"),
        allowed_origins=["https://shop.example"],
    )
    stock(item("a", "Gifts", brand="Acme"), item("b", "Gifts"), item("c", "Tools"))


def get(client: Client, **params: Any) -> Any:
    return client.get("/recommendations?" + urlencode({"write_key": "page-key", **params}, True))


def test_get__contract_address__answers_items_with_score_reason_and_override(
    client: Client,
) -> None:
    touch(person("abc123", "personalisation"), "c")
    Override.objects.create(name="Spring", kind="pin", item_ids=["a"], state="published")
    answer = get(client, user_id="abc123", context="homepage", device="mobile").json()
    assert answer["placement"] == "homepage"
    assert answer["degraded"] == []
    first = answer["items"][0]
    assert first["reason"] == {"code": "pinned", "text": "Pinned by Spring", "item_id": None}
    assert first["override"] == "Spring"
    assert first["price"] == 9.9
    assert first["category"] == ["Gifts"]
    assert first["brand"] == "Acme"
    assert isinstance(first["score"], float)


def reasons(answer: Any) -> set[str]:
    return {each["reason"]["text"] for each in answer["items"]}


def test_get__user_id_alone_with_a_write_key__is_personal_and_tells_nothing(
    client: Client,
) -> None:
    anna, ben = person("anna", "personalisation"), person("ben", "personalisation")
    also_known(anna, "anonymous_id", "annas-browser")
    also_known(ben, "anonymous_id", "bens-browser")
    touch(anna, "a")
    for stranger in ({}, {"anonymous_id": "made-up"}, {"anonymous_id": "bens-browser"}):
        answer = get(client, user_id="anna", **stranger).json()
        assert answer["personalised"] is True
        assert "Picked for you" in reasons(answer)
        assert "Popular in Gifts" not in reasons(answer)


def test_get__own_browser_or_api_key__is_told_the_full_reason(client: Client) -> None:
    anna = person("anna", "personalisation")
    also_known(anna, "anonymous_id", "annas-browser")
    touch(anna, "a")
    own = get(client, user_id="anna", anonymous_id="annas-browser").json()
    alone = get(client, anonymous_id="annas-browser").json()
    _, secret = consent.issue_key(name="server", scopes=["recommendations"])
    server = client.get("/recommendations?user_id=anna", HTTP_AUTHORIZATION=f"Bearer {secret}")
    for answer in (own, alone, server.json()):
        assert "Popular in Gifts" in reasons(answer)


def test_get__placement__wins_over_context(client: Client) -> None:
    assert get(client, context="homepage", placement="footer").json()["placement"] == "footer"


def test_get__exclude_and_limit__are_kept(client: Client) -> None:
    answer = get(client, exclude=["a,b", "x"], limit=5).json()
    assert [each["item_id"] for each in answer["items"]] == ["c"]
    assert len(get(client, limit=1).json()["items"]) == 1


def test_get__api_key_with_scope__is_enough_and_without_is_not(client: Client) -> None:
    for scopes, status in ((["recommendations"], 200), (["profiles"], 403)):
        _, secret = consent.issue_key(name="server", scopes=scopes)
        answer = client.get("/recommendations", HTTP_AUTHORIZATION=f"Bearer {secret}")
        assert answer.status_code == status


def test_get__database_away__known_keys_are_answered_from_memory_and_others_told_to_wait(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert get(client).status_code == 200

    def fail(*_: object) -> None:
        raise OperationalError("connection lost")

    monkeypatch.setattr(profiles, "source_by_key", fail)
    monkeypatch.setattr(profiles, "visitor", fail)
    known = get(client, user_id="anna")
    assert known.status_code == 200
    assert known.json()["degraded"] == ["profile"]
    unknown = client.get("/recommendations?write_key=other-key")
    assert unknown.status_code == 503
    assert unknown.json()["code"] == "unavailable"


@pytest.mark.parametrize("key", ["", "wrong", "x" * 5000])
def test_get__no_or_unknown_key__is_refused(client: Client, key: str) -> None:
    answer = client.get("/recommendations?" + urlencode({"write_key": key}))
    assert answer.status_code == 401
    assert answer.json()["success"] is False


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"user_id": "a\0b"}, "user_id"),
        ({"user_id": "x" * 600}, "user_id"),
        ({"exclude": "x" * 30_000}, "exclude"),
        ({"query": "\0"}, "query"),
    ],
)
def test_get__bad_parameter__names_the_field(
    client: Client, params: dict[str, str], field: str
) -> None:
    answer = get(client, **params)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_get__invalid_utf8__is_no_server_error(client: Client) -> None:
    answer = client.get("/recommendations?write_key=page-key&user_id=%ff%fe%ed%a0%80")
    assert answer.status_code in {200, 400}


def test_get__naughty_strings__are_answered_everywhere(client: Client) -> None:
    file = SHARED / "naughty_strings" / "blns.json"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    for text in json.loads(file.read_text()):
        for name in ("user_id", "anonymous_id", "item_id", "device", "exclude"):
            assert get(client, **{name: text}).status_code in {200, 400}


def test_post__any_body__is_refused_politely(client: Client) -> None:
    assert client.post("/recommendations", {}).status_code == 405


def test_cors__allowed_page__may_read_and_others_may_not(client: Client) -> None:
    allowed = client.get("/recommendations?write_key=page-key", HTTP_ORIGIN="https://shop.example")
    assert allowed["Access-Control-Allow-Origin"] == "https://shop.example"
    other = client.get("/recommendations?write_key=page-key", HTTP_ORIGIN="https://evil.example")
    assert "Access-Control-Allow-Origin" not in other
    ahead = client.options("/recommendations", HTTP_ORIGIN="https://shop.example")
    assert ahead.status_code == 204
    assert "Authorization" in ahead["Access-Control-Allow-Headers"]


def test_get__person_without_consent__stores_nothing(client: Client) -> None:
    from recommendations.interactions.models import Interaction  # noqa: PLC0415

    answer = get(client, user_id="somebody", anonymous_id="else").json()
    assert answer["personalised"] is False
    assert Interaction.objects.count() == 0


def test_schema__recommendations__are_described(client: Client) -> None:
    paths = client.get("/api/schema/?format=json").json()["paths"]
    assert "/recommendations" in paths
    assert "/api/v1/catalog/items" in paths
