"""What people do, from end to end: the real web server, digest, worker and database."""

import re
import time
import uuid

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import SignIn
from tests.flow.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.flow, pytest.mark.timeout(240)]

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
