"""The catalogue: sets in, learned from events, over REST."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from consent import api as consent
from profiles import api as profiles
from profiles.data import Line
from recommendations import api
from recommendations.catalog import writing
from recommendations.catalog.models import Item as Row
from tests.recommendations.support import event, item, stock

pytestmark = pytest.mark.django_db

URL = "/api/v1/catalog/items"


@pytest.fixture
def headers() -> dict[str, str]:
    _, secret = consent.issue_key(name="shop", scopes=["catalog:write"])
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def test_upsert__same_item_twice__last_one_stands_and_order_does_not_matter() -> None:
    assert api.upsert_items([item("b"), item("a"), item("a", name="Better")]) == 2
    assert api.items(["a", "b", "none"]).keys() == {"a", "b"}
    assert api.items(["a"])["a"].name == "Better"


def test_upsert__nothing_new__leaves_the_row_untouched() -> None:
    stock(item("a", "Home", "Kitchen", tags=("sale",), extra={"size": 3}))
    Row.objects.update(changed=0)
    before = Row.objects.get().updated_at
    stock(item("a", "Home", "Kitchen", tags=("sale",), extra={"size": 3}))
    assert Row.objects.get().updated_at == before


def test_upsert__deleted_item__returns_to_the_shelf() -> None:
    stock(item("a"))
    assert writing.delete(["a", "a", "none"]) == 1
    assert api.browse(limit=5) == []
    assert api.items(["a"])["a"].name == "Item a"
    stock(item("a"))
    assert [each.item_id for each in api.browse(limit=5)] == ["a"]


def test_browse__category__finds_any_step_of_the_path() -> None:
    stock(item("a", "Home", "Kitchen"), item("b", "Garden"), item("c", "Home"))
    assert [each.item_id for each in api.browse(category="Home", limit=5)] == ["a", "c"]
    assert [each.item_id for each in api.browse(limit=1, offset=1)] == ["b"]
    assert api.categories() == [("Home", 2), ("Garden", 1)]


def test_learn__no_catalogue__makes_items_of_lines() -> None:
    line = Line("x", price=Decimal("2.5"), category="Home > Kitchen", brand="Acme", name="Pan")
    assert writing.learn([event(None, "view", ["y", line, "y"], purposes=1)]) == 2
    found = api.items(["x", "y"])
    assert found["x"].category == ("Home", "Kitchen")
    assert found["x"].price == Decimal("2.5")
    assert writing.learn([event(None, "view", ["x", "y"], purposes=1)]) == 0


def test_learn__name_comes_later__is_filled_in() -> None:
    writing.learn([event(None, "purchase", ["x"], purposes=1)])
    writing.learn([event(None, "view", [Line("x", name="Pan")], purposes=1)])
    assert api.items(["x"])["x"].name == "Pan"


def test_learn__shop_gave_a_catalogue__events_stock_no_shelves() -> None:
    stock(item("a"))
    assert writing.learn([event(None, "view", [Line("evil", name="Buy now")], purposes=1)]) == 0
    assert api.items(["evil"]) == {}


@pytest.mark.parametrize(("kind", "taught"), [("web", 0), ("server", 1), ("import", 1)])
def test_learn__shop_gave_a_catalogue__only_its_own_sources_add_to_it(
    kind: str, taught: int
) -> None:
    stock(item("a"))
    source = profiles.ensure_source("books", "Books", kind).source_id
    lines: list[str | Line] = [Line("a", name="Other name"), Line("b", name="From the books")]
    assert writing.learn([event(None, "purchase", lines, purposes=1, source_id=source)]) == taught
    assert api.items(["a"])["a"].name == "Item a"
    assert len(api.items(["b"])) == taught


def test_learn__page_and_shop_name_one_item__the_shop_is_believed() -> None:
    page = profiles.ensure_source("page", "Page", "web").source_id
    books = profiles.ensure_source("books", "Books", "server").source_id
    said = [
        event(None, "view", [Line("x", name="Buy now")], purposes=1, source_id=page),
        event(None, "purchase", [Line("x", name="Pan")], purposes=1, source_id=books),
    ]
    writing.learn(said)
    assert api.items(["x"])["x"].name == "Pan"


def test_post__json_list__is_stored(client: Client, headers: dict[str, Any]) -> None:
    body = [
        {"item_id": "a", "name": "Pan", "category": "Home > Kitchen", "price": 12.5},
        {"item_id": "b", "name": "Rake", "category": ["Garden"], "price": "7.10", "tags": ["new"]},
    ]
    answer = client.post(URL, json.dumps(body), content_type="application/json", **headers)
    assert answer.json() == {"success": True, "upserted": 2}
    assert api.items(["a"])["a"].price == Decimal("12.5")


def test_post__json_lines__are_stored(client: Client, headers: dict[str, Any]) -> None:
    body = '{"item_id": "a"}\n\n{"item_id": "b"}\n'
    answer = client.post(URL, body, content_type="application/x-ndjson", **headers)
    assert answer.json()["upserted"] == 2


@pytest.mark.parametrize(
    "body",
    [
        '[{"item_id": ""}]',
        '[{"name": "no id"}]',
        '[{"item_id": "a", "price": "cheap"}]',
        '[{"item_id": "a", "price": -1}]',
        '[{"item_id": "a", "price": "NaN"}]',
        '[{"item_id": "a", "unknown": 1}]',
        '[{"item_id": "a\\u0000"}]',
        '[{"item_id": "a", "extra": {"k": ["\\u0000"]}}]',
        '[{"item_id": "a", "available_from": "2026-05-01T09:00:00"}]',
        "[1, null]",
        '"text"',
        "{broken",
        "[" * 100_000,
    ],
)
def test_post__bad_items__are_refused_whole(
    client: Client, headers: dict[str, Any], body: str
) -> None:
    answer = client.post(URL, body, content_type="application/json", **headers)
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert Row.objects.count() == 0


def test_post__one_bad_among_good__names_it(client: Client, headers: dict[str, Any]) -> None:
    body = json.dumps([{"item_id": "a"}, {"item_id": "b", "price": "x"}])
    answer = client.post(URL, body, content_type="application/json", **headers)
    assert answer.json()["errors"][0]["field"] == "[1]"
    assert Row.objects.count() == 0


def test_get__pages__list_every_item_once(client: Client, headers: dict[str, Any]) -> None:
    stock(*(item(f"i{n}") for n in range(5)))
    seen: list[str] = []
    url: str | None = f"{URL}?limit=2"
    while url:
        page = client.get(url, **headers).json()
        seen += [each["item_id"] for each in page["results"]]
        url = page["next"]
    assert sorted(seen) == [f"i{n}" for n in range(5)]


def test_get__nul_in_search__is_refused(client: Client, headers: dict[str, Any]) -> None:
    assert client.get(f"{URL}?search=%00", **headers).status_code == 400


def test_delete__named_items__leave_the_list(client: Client, headers: dict[str, Any]) -> None:
    stock(item("a"), item("b"))
    assert client.delete(f"{URL}?item_id=a&item_id=none", **headers).json()["deleted"] == 1
    assert [each["item_id"] for each in client.get(URL, **headers).json()["results"]] == ["b"]


def test_post__key_without_scope__is_refused(client: Client) -> None:
    _, secret = consent.issue_key(name="reader", scopes=["catalog"])
    answer = client.post(
        URL, "[]", content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {secret}"
    )
    assert answer.status_code == 403
