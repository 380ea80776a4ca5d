"""A shop's programs, a shopper's browser and a member of staff, over plain HTTP."""

import re
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.flow.stack import Stack

WRITE_KEY, API_KEY = "demo-write-key", "demo-api-key"
EVERYTHING = {
    "consent": {
        "categoryPreferences": {"analytics": True, "personalisation": True, "marketing": True}
    }
}


class Shop:
    """The programs of a shop: its pages with the write key, its server with the API key."""

    def __init__(self, stack: Stack) -> None:
        self.base = stack.base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {API_KEY}"

    def send(self, *messages: dict[str, Any]) -> None:
        """One batch, as SDKs send them; must be accepted."""
        answer = requests.post(
            f"{self.base}/v1/batch", json={"batch": messages}, auth=(WRITE_KEY, ""), timeout=10
        )
        assert (answer.status_code, answer.json()) == (200, {"success": True}), answer.text

    def get(self, path: str, **query: Any) -> Any:
        """What an address answers, as JSON; None for 404."""
        answer = self.session.get(self.base + path, params=query, timeout=10)
        assert answer.status_code in {200, 404}, answer.text
        return answer.json() if answer.status_code == 200 else None

    def post(self, path: str, body: Any) -> Any:
        """Send JSON, answer JSON; must succeed."""
        answer = self.session.post(self.base + path, json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def person(self, kind: str, value: str) -> Any:
        """The profile known by this identifier, or None."""
        return self.get("/api/v1/profiles/lookup", type=kind, value=value)


class Browser:
    """Forms and cookies, without JavaScript."""

    def __init__(self, stack: Stack) -> None:
        self.base = stack.base_url
        self.session = requests.Session()

    def see(self, path: str) -> requests.Response:
        """Open a page; must be there."""
        answer = self.session.get(self.base + path, timeout=10)
        assert answer.ok, f"{path}: {answer.status_code}"
        return answer

    def submit(self, path: str, shown_on: str = "", **fields: Any) -> requests.Response:
        """Fill in the form on a page and send it to ``path``; must be accepted."""
        page = self.see(shown_on or path).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, f"no form on {shown_on or path}"
        data = {"csrfmiddlewaretoken": token.group(1), **fields}
        answer = self.session.post(self.base + path, data=data, timeout=10)
        assert answer.ok, f"{path}: {answer.status_code}"
        return answer

    def sign_in(self, name: str) -> None:
        """Into the console, with the demonstration's password."""
        page = self.submit("/admin/login/", username=name, password="demo")
        assert "/login/" not in page.url

    def mailed_link(self, address: str, pattern: str) -> str:
        """The path of the newest link like ``pattern`` mailed to an address."""
        letters = self.see("/privacy/mailbox/").text.split("<article")
        mine = next(letter for letter in letters if address in letter and pattern in letter)
        found = re.search(rf'href="([^"]*{pattern}[^"]*)"', mine)
        assert found, mine
        return urlsplit(found.group(1)).path
