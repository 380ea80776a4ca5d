"""What people do, from end to end: the real web server, digest, worker and database."""

import re
import time
import uuid
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import SignIn
from tests.flow.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.flow, pytest.mark.timeout(240)]

OWN_COOKIES = {"csrftoken", "sessionid", "shop_choice"}
SHELF = "[data-placement=homepage] .name"


def test_marketer__builds_and_publishes_a_segment__sees_its_people(
    clean_page: Page, sign_in: SignIn, stack: Stack
) -> None:
    sign_in("marketer")
    name = f"Two orders {uuid.uuid4().hex[:6]}"
    clean_page.goto(f"{stack.base_url}/admin/segments/segment/add/")
    clean_page.get_by_label("Name", exact=True).fill(name)
    clean_page.get_by_label("Used for").select_option("personalisation")
    clean_page.get_by_role("button", name=re.compile("attribute", re.IGNORECASE)).first.click()
    clean_page.get_by_label(re.compile(r": attribute$")).first.select_option("behavioural.orders")
    clean_page.get_by_label(re.compile(r": (comparison|test|is)$")).first.select_option("gte")
    clean_page.get_by_label(re.compile(r": (value|number)$")).first.fill("2")
    clean_page.get_by_role("button", name="Count again").click()
    expect(clean_page.locator("#count")).to_contain_text(re.compile(r"\d+ (people|person)"))
    clean_page.get_by_role("button", name="Save and publish").click()

    clean_page.wait_for_url(re.compile(r"/segments/segment/\d+/read/"))
    people = clean_page.get_by_role("region", name="People in it").get_by_role("listitem")
    expect(people.first).to_be_visible()
    people.first.get_by_role("link").click()
    expect(clean_page.get_by_role("heading", name="Attributes", exact=True)).to_be_visible()
    expect(clean_page.locator("#segments")).to_contain_text(name)


def test_builder__by_keyboard_only__keeps_focus_and_repeats_nothing(
    clean_page: Page, sign_in: SignIn, stack: Stack
) -> None:
    """A button stays the form's last one when it is drawn anew; typing must not press it again."""
    sign_in("marketer")
    clean_page.goto(f"{stack.base_url}/admin/segments/segment/add/")
    count, conditions = clean_page.locator("#count"), clean_page.locator(".seg-condition")
    clean_page.locator("#r-add-attribute").press("Enter")
    expect(clean_page.locator("#r-0-attribute")).to_be_focused()
    expect(count).to_contain_text("People whose “Orders” is at least 1.")

    clean_page.locator("#r-0-value").fill("2")
    clean_page.keyboard.press("Tab")
    expect(count).to_contain_text("People whose “Orders” is at least 2.")
    expect(conditions).to_have_count(1)

    clean_page.locator("#r-0-attribute").select_option("affinity.category")
    expect(count).to_contain_text("Not counted")
    expect(clean_page.locator("#r-0-value")).to_have_value("")
    clean_page.locator("#r-0-value").fill("Toys")
    clean_page.locator("#r-add-group").press("Enter")
    expect(clean_page.locator("#r-1-join")).to_be_focused()
    clean_page.locator("#r-1-join").select_option("none")
    expect(count).to_contain_text("not true that")
    clean_page.locator("#r-1-add-event").press("Enter")
    expect(clean_page.locator("#r-1-1-has")).to_be_focused()
    clean_page.locator("#r-1-up").press("Enter")
    expect(clean_page.locator("#r-0-join")).to_be_focused()
    clean_page.locator("#r-0-del").press("Enter")
    expect(count).to_contain_text("People whose “Favourite categories” has any of Toys.")
    expect(conditions).to_have_count(1)


def test_person__asks_for_erasure__is_gone_and_has_a_receipt(
    clean_page: Page, sign_in: SignIn, stack: Stack
) -> None:
    address = f"leaving-{uuid.uuid4().hex[:8]}@example.org"
    tell(clean_page.context, stack, address)
    clean_page.goto(f"{stack.base_url}/privacy/delete/")
    clean_page.get_by_label("E-mail address").fill(address)
    clean_page.get_by_role("button", name="Send me the link").click()
    clean_page.goto(f"{stack.base_url}/privacy/mailbox/")
    letter = clean_page.locator("article", has_text=address).first
    letter.locator("a[href*='/privacy/confirm/']").click()
    clean_page.get_by_role("button", name="Yes, this is my request").click()
    status_page = clean_page.url
    reference = clean_page.locator("h1").inner_text().removeprefix("Request ").strip()

    sign_in("privacy")
    clean_page.goto(f"{stack.base_url}/admin/consent/request/")
    clean_page.get_by_role("link", name=reference).click()
    clean_page.get_by_role("button", name="Approve").click()
    until_it_says(clean_page, status_page, "Done")

    with clean_page.expect_download() as download:
        clean_page.get_by_role("link", name="Download the receipt").click()
    assert reference in download.value.path().read_text()
    clean_page.goto(f"{stack.base_url}/admin/profiles/profile/")
    clean_page.get_by_label("Find a person").fill(address)
    clean_page.get_by_role("button", name="Find", exact=True).click()
    expect(clean_page.get_by_text("Nobody has exactly this")).to_be_visible()


def test_shopper__looks_at_one_category__suggestions_follow(clean_page: Page, stack: Stack) -> None:
    clean_page.goto(f"{stack.base_url}/shop/")
    clean_page.get_by_role("button", name="Accept all").click()
    clean_page.wait_for_load_state("networkidle")
    before = suggested(clean_page, stack)
    for number in range(4):
        clean_page.goto(f"{stack.base_url}/shop/category/toys/")
        clean_page.locator("main .card a").nth(number).click()
        clean_page.wait_for_load_state("networkidle")
    stack.wait_until(lambda: stack.lag() == 0)

    deadline = time.monotonic() + 30
    while suggested(clean_page, stack) == before and time.monotonic() < deadline:
        clean_page.wait_for_timeout(250)
    assert suggested(clean_page, stack) != before


def test_shopper__refuses_all_and_orders__sends_the_order_alone(
    clean_page: Page, stack: Stack
) -> None:
    sent: list[Any] = []
    clean_page.on(
        "request",
        lambda request: sent.append(request.post_data_json) if "/v1/" in request.url else None,
    )
    clean_page.goto(f"{stack.base_url}/shop/")
    clean_page.get_by_role("button", name="Refuse all").click()
    clean_page.goto(f"{stack.base_url}/shop/category/toys/")
    clean_page.locator("main .card a").first.click()
    clean_page.get_by_role("button", name="Put in the cart").click()
    clean_page.get_by_role("link", name="To the checkout").click()
    clean_page.wait_for_load_state("networkidle")
    assert sent == []

    clean_page.get_by_role("button", name="Order (pretend)").click()
    expect(clean_page.get_by_role("heading", name="Thank you")).to_be_visible()
    clean_page.wait_for_load_state("networkidle")

    (order,) = sent
    assert order["event"] == "Order Completed"
    assert order["anonymousId"] == f"order-{order['properties']['order_id']}"
    assert set(order["context"]) == {"consent"}
    assert not any(order["context"]["consent"]["categoryPreferences"].values())
    assert {one["name"] for one in clean_page.context.cookies()} <= OWN_COOKIES
    assert clean_page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_unmask__without_a_reason__shows_nothing_and_with_one_is_logged(
    clean_page: Page, sign_in: SignIn, stack: Stack
) -> None:
    address = f"seen-{uuid.uuid4().hex[:8]}@example.org"
    tell(clean_page.context, stack, address)
    sign_in("privacy")
    clean_page.goto(f"{stack.base_url}/admin/profiles/profile/")
    clean_page.get_by_label("Find a person").fill(address)
    clean_page.get_by_role("button", name="Find", exact=True).click()
    expect(clean_page.get_by_text("Personal data masked")).to_be_visible()
    expect(clean_page.get_by_text(address)).to_have_count(0)

    clean_page.get_by_text("See personal data in clear").click()
    clean_page.get_by_label("Why do you need it?").fill("The person asked by phone")
    clean_page.get_by_role("button", name="Show in clear").click()
    expect(clean_page.get_by_text(address).first).to_be_visible()
    clean_page.goto(clean_page.url)
    expect(clean_page.get_by_text(address)).to_have_count(0)
    clean_page.get_by_text("See personal data in clear").click()
    expect(clean_page.get_by_text("The person asked by phone")).to_be_visible()


def tell(context: BrowserContext, stack: Stack, address: str) -> None:
    """Send one person through the public API, and wait until they are digested."""
    answer = context.request.post(
        f"{stack.base_url}/v1/identify",
        headers={"Authorization": "Basic ZGVtby13cml0ZS1rZXk6"},
        data={
            "messageId": uuid.uuid4().hex,
            "userId": address.partition("@")[0],
            "traits": {"email": address, "firstName": "Lea"},
            "context": {
                "consent": {"categoryPreferences": {"analytics": True, "personalisation": True}}
            },
        },
    )
    assert answer.status == 200, answer.text()
    stack.wait_until(lambda: stack.lag() == 0)


def suggested(page: Page, stack: Stack) -> list[str]:
    """What the shop's home page suggests now."""
    page.goto(f"{stack.base_url}/shop/")
    page.locator(SHELF).first.wait_for()
    return page.locator(SHELF).all_inner_texts()


def until_it_says(page: Page, address: str, word: str) -> None:
    """Look at a page again until it says a word; the worker needs a moment."""
    deadline = time.monotonic() + 60
    page.goto(address)
    while time.monotonic() < deadline and not page.get_by_text(word, exact=True).count():
        page.wait_for_timeout(500)
        page.goto(address)
    expect(page.get_by_text(word, exact=True)).to_be_visible()
