"""Headless Chromium, a sign-in helper and a page that tolerates nothing.

On a machine without Chromium these tests skip and say so; with ``CI`` set that is a failure.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from tests.browser.pages import ROLES
from tests.flow.stack import Stack

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


SUPERSEDED = {"htmx:sendAbort", "htmx:afterRequest"}
"""What htmx logs as errors when a newer count takes the place of one under way, as it should. A
request that failed is logged as ``htmx:sendError`` or ``htmx:responseError`` besides."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the run."""
    if not CHROMIUM.exists():
        message = f"no Chromium at {CHROMIUM}: install it, or set CHROMIUM to its path"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor with a clean browser."""
    visitor = browser.new_context(viewport={"width": 1280, "height": 900})
    visitor.add_init_script(WATCH_POLICY)
    yield visitor
    visitor.close()


@pytest.fixture
def clean_page(context: BrowserContext) -> Iterator[Page]:
    """A page on which console errors, script errors, breaches of the content security policy,
    server errors and requests to other hosts fail the test."""
    page = context.new_page()
    faults: list[str] = []
    watch(page, faults)
    yield page
    assert not faults, "\n".join(faults)


def watch(page: Page, faults: list[str]) -> None:
    """Collect what a clean page must not do."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and message.text not in SUPERSEDED:
            faults.append(f"{page.url}: console {message.type}: {message.text}")

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.hostname not in {"localhost", "127.0.0.1"}:
            faults.append(f"{page.url}: asked another host: {parts.hostname}")

    page.on("console", on_console)
    page.on("pageerror", lambda failure: faults.append(f"{page.url}: script error: {failure}"))
    page.on("request", on_request)
    page.on(
        "response",
        lambda answer: (
            faults.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
        ),
    )


SignIn = Callable[[str], None]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A seeded demo shop with every process, for all browser tests."""
    with Stack(seeded=True, seed_arguments=("--people", "60")) as running:
        yield running


@pytest.fixture(scope="session")
def cookies(browser: Browser, stack: Stack) -> dict[str, list[Any]]:
    """The cookies of each member of the demo's staff, signed in once by the form."""
    found: dict[str, list[Any]] = {}
    for name in ROLES:
        visitor = browser.new_context()
        page = visitor.new_page()
        page.goto(f"{stack.base_url}/admin/login/?next=/admin/")
        page.locator("input[name=username]").fill(name)
        page.locator("input[name=password]").fill("demo")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{stack.base_url}/admin/")
        found[name] = list(visitor.cookies())
        visitor.close()
    return found


@pytest.fixture
def sign_in(context: BrowserContext, cookies: dict[str, list[Any]]) -> SignIn:
    """Sign a member of the demo's staff in without the form."""
    return lambda name: context.add_cookies(cookies[name])
