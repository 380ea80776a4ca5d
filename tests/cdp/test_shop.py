"""The demo shop's pages, as a browser without a script gets them."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cdp.demo import seed
from cdp.shop import pictures, visit
from recommendations import api as recommendations

pytestmark = pytest.mark.django_db

ITEM = "CAN-001"
PAGES = [
    "/shop/",
    "/shop/category/kitchen/",
    f"/shop/item/{ITEM}/",
    "/shop/cart/",
    "/shop/sign-in/",
]


@pytest.fixture(autouse=True)
def _goods() -> None:
    recommendations.upsert_items(seed.shelf())


def page_event(content: str) -> dict[str, Any]:
    found = re.search(r'id="page-event" type="application/json">(.*?)</script>', content)
    return dict(json.loads(found.group(1))) if found else {}


@pytest.mark.parametrize("address", PAGES)
def test_page__any__has_one_heading_and_obeys_the_policy(client: Client, address: str) -> None:
    response = client.get(address)
    html = response.content.decode()
    assert response.status_code == 200
    assert (html.count("<h1"), html.count("<main")) == (1, 1)
    assert " style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", html)
    assert "/privacy/" in html


@pytest.mark.parametrize("address", PAGES)
def test_page__any__needs_few_queries(
    client: Client, address: str, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client.get("/shop/")
    # The categories, the goods of the page; the session comes from the cache.
    with django_assert_max_num_queries(4):
        client.get(address)


@pytest.mark.parametrize(
    "address", ["/shop/item/NO-SUCH/", "/shop/category/nowhere/", "/shop/item/a%00b/"]
)
def test_page__unknown_thing__says_so_in_the_shops_words(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert b"We do not have this" in response.content


def test_category__beyond_the_last_page__is_empty_and_stands(client: Client) -> None:
    for page in ("99", "-1", "x", "9" * 30):
        assert client.get(f"/shop/category/kitchen/?page={page}").status_code == 200


def test_item__viewed__hands_the_script_the_products_wire_form(client: Client) -> None:
    event = page_event(client.get(f"/shop/item/{ITEM}/").content.decode())
    assert event["name"] == "Product Viewed"
    assert event["properties"]["product_id"] == ITEM
    assert event["properties"]["category"] == "Candles"


def test_cart__put_in_and_taken_out__is_empty_again(client: Client) -> None:
    client.post("/shop/cart/change/", {"item": ITEM, "pieces": "2"})
    assert [line.pieces for line in client.get("/shop/cart/").context["lines"]] == [2]
    client.post("/shop/cart/change/", {"item": ITEM, "pieces": "0"})
    assert client.get("/shop/cart/").context["lines"] == []


@pytest.mark.parametrize("pieces", ["-1", "1e9", "", "٣", "9999"])
def test_cart__nonsense_number__is_refused(client: Client, pieces: str) -> None:
    response = client.post("/shop/cart/change/", {"item": ITEM, "pieces": pieces})
    assert response.status_code == 404


def test_checkout__ordered__empties_the_cart_and_tells_the_order_once(client: Client) -> None:
    client.post("/shop/cart/change/", {"item": ITEM, "pieces": "2"})
    client.post("/shop/checkout/")
    first = page_event(client.get("/shop/thanks/").content.decode())
    again = page_event(client.get("/shop/thanks/").content.decode())
    price = recommendations.items([ITEM])[ITEM].price
    assert price is not None
    assert first["name"] == "Order Completed"
    assert first["properties"]["revenue"] == float(price * 2)
    assert first["message_id"] == again["message_id"]
    assert client.get("/shop/cart/").context["lines"] == []


def test_sign_in__as_a_customer__gives_the_script_the_user_id_and_traits_once(
    client: Client,
) -> None:
    person = visit.customers()[0]
    first = client.post("/shop/sign-in/", {"customer": person.user_id}, follow=True)
    assert f'data-user="{person.user_id}" data-signed-in-now="yes"' in first.content.decode()
    second = client.get("/shop/account/").content.decode()
    assert f'data-user="{person.user_id}" data-signed-in-now=""' in second


def test_sign_in__as_someone_else__is_refused(client: Client) -> None:
    assert client.post("/shop/sign-in/", {"customer": "root"}).status_code == 404


def test_banner__before_a_choice__offers_both_answers_alike(client: Client) -> None:
    html = client.get("/shop/").content.decode()
    answers = re.findall(r'<button class="([^"]+)" name="choice" value="(accept|refuse)"', html)
    assert {value for _, value in answers} == {"accept", "refuse"}
    assert len({look for look, _ in answers}) == 1
    assert 'role="region"' in html
    assert client.cookies == {} or set(client.cookies) <= {"csrftoken"}


def test_banner__refused_without_a_script__is_remembered_and_forgets_the_browser(
    client: Client,
) -> None:
    client.cookies[visit.ANONYMOUS] = "abc"
    response = client.post("/shop/choice/", {"choice": "refuse", "next": "/shop/cart/"})
    assert response["Location"] == "/shop/cart/"
    assert client.cookies[visit.CHOICE].value == "none"
    assert client.cookies[visit.ANONYMOUS].value == ""


def test_banner__next_page_elsewhere__stays_in_the_shop(client: Client) -> None:
    for elsewhere in ("https://evil.example/shop/", "//evil.example/shop/", "/admin/"):
        response = client.post("/shop/choice/", {"choice": "accept", "next": elsewhere})
        assert response["Location"] == "/shop/"


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("none", {"analytics": False, "personalisation": False, "marketing": False}),
        ("analytics", {"analytics": True, "personalisation": False, "marketing": False}),
        ("everything", None),
        ("", None),
    ],
)
def test_choice__cookie__is_read_strictly(
    client: Client, cookie: str, expected: dict[str, bool] | None
) -> None:
    client.cookies[visit.CHOICE] = cookie
    assert client.get("/shop/").context["choice"] == expected


def test_picture__of_every_good__is_svg_without_a_script() -> None:
    for item in seed.shelf():
        drawn = pictures.draw(item.item_id, item.category[0], item.tags[0])
        assert drawn.startswith("<svg")
        assert "script" not in drawn


def test_picture__view__is_an_image_that_may_be_kept(client: Client) -> None:
    response = client.get(f"/shop/picture/{ITEM}.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert "max-age=86400" in response["Cache-Control"]


def test_learnt__nobody_known__says_so(client: Client) -> None:
    assert client.get("/shop/learnt/").json()["known"] is False
