"""The console in a real browser: under its policy, by keyboard, on a phone, with axe's rules."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import SignIn, watch
from tests.browser.pages import DETAILS, PAGES, PUBLIC
from tests.flow.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.flow]

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
OPENED = [path for path, roles in PAGES.items() if "admin" in roles]
UNREACHABLE = """
elements => elements.filter(element =>
  element.offsetParent && element.tabIndex < 0 && !element.closest("a[href], button, label"))
  .map(element => element.outerHTML.slice(0, 120))
"""


def test_sign_in__by_form__opens_home(clean_page: Page, stack: Stack) -> None:
    clean_page.goto(f"{stack.base_url}/admin/")
    clean_page.locator("input[name=username]").fill("marketer")
    clean_page.locator("input[name=password]").fill("demo")
    clean_page.get_by_role("button", name="Log in").click()

    expect(clean_page.get_by_role("heading", name="Home", level=1)).to_be_visible()


@pytest.mark.parametrize("path", OPENED)
def test_page__opened_by_admin__is_clean_and_accessible(
    clean_page: Page, sign_in: SignIn, stack: Stack, path: str
) -> None:
    sign_in("admin")
    answer = clean_page.goto(f"{stack.base_url}{path}")
    assert answer is not None
    assert answer.status == 200
    expect(clean_page.locator("html")).not_to_have_attribute("x-cloak", re.compile(".*"))

    assert clean_page.title().strip(" |")
    assert clean_page.locator("h1").count() == 1
    assert clean_page.locator("main, [role=main]").count() == 1
    assert faults_of(clean_page) == []
    assert clean_page.locator("[x-on\\:click]").evaluate_all(UNREACHABLE) == []


@pytest.mark.parametrize(("page_of_many", "link"), DETAILS)
def test_page_of_one__opened_by_admin__is_clean_and_accessible(
    clean_page: Page, sign_in: SignIn, stack: Stack, page_of_many: str, link: str
) -> None:
    sign_in("admin")
    clean_page.goto(f"{stack.base_url}{page_of_many}")
    clean_page.goto(f"{stack.base_url}{clean_page.locator(link).first.get_attribute('href')}")
    expect(clean_page.locator("html")).not_to_have_attribute("x-cloak", re.compile(".*"))

    assert clean_page.locator("h1").count() == 1
    assert faults_of(clean_page) == []
    assert clean_page.locator("[x-on\\:click]").evaluate_all(UNREACHABLE) == []
    assert sideways(clean_page) <= 0


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page__opened_by_anybody__is_clean_accessible_and_fits_a_phone(
    clean_page: Page, stack: Stack, path: str
) -> None:
    answer = clean_page.goto(f"{stack.base_url}{path}")
    assert answer is not None
    assert answer.status == 200
    assert clean_page.locator("h1").count() == 1
    assert faults_of(clean_page) == []

    clean_page.set_viewport_size({"width": 320, "height": 700})
    assert sideways(clean_page) <= 0


@pytest.mark.parametrize("path", ["/admin/", "/admin/profiles/profile/"])
def test_page__in_the_dark__keeps_its_contrast(
    clean_page: Page, sign_in: SignIn, stack: Stack, path: str
) -> None:
    sign_in("admin")
    clean_page.emulate_media(color_scheme="dark")
    clean_page.goto(f"{stack.base_url}{path}")

    expect(clean_page.locator("html")).to_have_class(re.compile("dark"))
    assert faults_of(clean_page) == []


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/profiles/profile/", "/admin/segments/segment/"]
)
def test_page__on_a_phone__does_not_scroll_sideways(
    clean_page: Page, sign_in: SignIn, stack: Stack, path: str
) -> None:
    sign_in("admin")
    clean_page.set_viewport_size({"width": 320, "height": 700})
    clean_page.goto(f"{stack.base_url}{path}")

    assert sideways(clean_page) <= 0


@pytest.mark.parametrize("role", ["marketer", "analyst", "privacy"])
def test_pages__asked_by_a_role__open_only_what_it_may_see(
    context: BrowserContext, sign_in: SignIn, stack: Stack, role: str
) -> None:
    sign_in(role)
    refused = {path for path in PAGES if context.request.get(stack.base_url + path).status == 403}

    assert refused == {path for path, roles in PAGES.items() if role not in roles}


@pytest.mark.parametrize("role", ["marketer", "analyst", "privacy"])
def test_navigation__of_a_role__holds_at_most_seven_items(
    clean_page: Page, sign_in: SignIn, stack: Stack, role: str
) -> None:
    sign_in(role)
    clean_page.goto(f"{stack.base_url}/admin/")
    links = clean_page.locator("#nav-sidebar-apps a").evaluate_all("all => all.map(a => a.href)")

    assert 2 < len(links) <= 7
    assert all("/admin/" in link for link in links)


def test_palette__by_keyboard__opens_a_page(
    clean_page: Page, sign_in: SignIn, stack: Stack
) -> None:
    sign_in("admin")
    clean_page.goto(f"{stack.base_url}/admin/")
    clean_page.keyboard.press("Control+k")
    expect(clean_page.locator("#search-input-command")).to_be_focused()
    clean_page.keyboard.type("loyal", delay=10)
    expect(clean_page.locator("#command-results-list li")).to_have_count(1)
    clean_page.keyboard.press("ArrowDown")
    clean_page.keyboard.press("Enter")

    expect(clean_page).to_have_url(re.compile("/admin/segments/segment/"))
    assert clean_page.evaluate("localStorage.getItem('commandHistory')") is None


def test_menu_and_theme__by_keyboard__answer(
    clean_page: Page, sign_in: SignIn, stack: Stack
) -> None:
    sign_in("admin")
    clean_page.goto(f"{stack.base_url}/admin/")
    menu = clean_page.get_by_role("button", name="admin")
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    clean_page.get_by_role("button", name="Dark").press(" ")

    expect(clean_page.locator("html")).to_have_class(re.compile("dark"))


def test_filters__of_a_list__open_and_close(
    clean_page: Page, sign_in: SignIn, stack: Stack
) -> None:
    sign_in("admin")
    clean_page.goto(f"{stack.base_url}/admin/auth/user/")
    clean_page.locator("[x-on\\:click='filterOpen = true']").first.click()
    sheet = clean_page.locator("[x-show=filterOpen]").first
    expect(sheet).to_be_visible()
    clean_page.keyboard.press("Escape")

    expect(sheet).to_be_hidden()


def test_watch__breach_of_the_policy__is_noticed(context: BrowserContext, stack: Stack) -> None:
    """The fixture that the other tests rely on sees what it is there to see."""
    page = context.new_page()
    faults: list[str] = []
    watch(page, faults)
    page.goto(f"{stack.base_url}/admin/login/")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("document.body.append(document.createElement('style'))")
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = '1'; "
        "document.body.append(s); }"
    )

    page.wait_for_timeout(100)
    assert any("CSP" in fault for fault in faults)


def test_address__that_leads_nowhere__answers_people_with_a_page(
    context: BrowserContext, sign_in: SignIn, stack: Stack
) -> None:
    sign_in("marketer")
    page = context.new_page()
    for path, status in (("/admin/nowhere/", 404), ("/admin/auth/user/", 403)):
        answer = page.goto(f"{stack.base_url}{path}")
        assert answer is not None
        assert answer.status == status
        assert page.locator("h1").count() == 1
        assert faults_of(page) == []
        page.get_by_role("link", name="Go to the console").click()
        expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(over))


def faults_of(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, by rule and place."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"][:3]]
