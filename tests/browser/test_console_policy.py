"""The console under its content security policy: every widget works, nothing is refused."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("admin", password="demo")


def test_login__by_form__opens_home(clean_page: Page, live_server: object, admin: User) -> None:
    clean_page.goto(f"{live_server}/admin/")
    clean_page.locator("input[name=username]").fill("admin")
    clean_page.locator("input[name=password]").fill("demo")
    clean_page.get_by_role("button", name="Log in").click()

    expect(clean_page.get_by_role("heading", name="Home", level=1)).to_be_visible()
