"""Words that occur nowhere else are put into every field a shopper can fill; then the shopper is
erased, over HTTP and by the real worker, and every place the product writes is searched."""

import contextlib
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client

from cdp.supervisor.processes import ROOT
from tests.flow import canary
from tests.flow.caller import EVERYTHING, WRITE_KEY, Browser, Shop
from tests.flow.stack import Stack

pytestmark = pytest.mark.flow


def word(kind: str) -> str:
    """A word that stands nowhere else, with a hint for whoever finds it."""
    return f"zq{kind}{uuid.uuid4().hex[:10]}"


@dataclass
class Shopper:
    """One person, each value of its own. ``personal`` names who they are and must never lie in
    clear; ``doings`` say what they did and must be gone with them."""

    personal: dict[str, str] = field(
        default_factory=lambda: {
            kind: word(kind)
            for kind in ("mail", "given", "family", "street", "hobby", "user", "device", "said")
        }
    )
    doings: dict[str, str] = field(
        default_factory=lambda: {
            kind: word(kind)
            for kind in (
                "path", "title", "query", "campaign", "referrer", "coupon", "brand", "category",
                "product", "goods", "note", "order", "city", "unread",
            )
        }
    )  # fmt: skip
    phone: str = field(default_factory=lambda: f"+4915{uuid.uuid4().int % 10**9:09d}")

    @property
    def email(self) -> str:
        return f"{self.personal['mail']}@example.org"

    def words(self) -> list[str]:
        return [*self.personal.values(), *self.doings.values(), self.phone.lstrip("+")]


def visit(stack: Stack, who: Shopper) -> None:
    """All calls of the SDK, every field filled."""
    errors: list[Any] = []
    client = Client(
        WRITE_KEY, host=stack.base_url, on_error=lambda error, _: errors.append(error), gzip=True
    )
    mine, did = who.personal, who.doings
    context = EVERYTHING | {
        "page": {"path": f"/{did['path']}", "title": did["title"], "search": f"?m={mine['said']}"},
        "referrer": {"url": f"https://{did['referrer']}.example/?q={mine['said']}"},
        "campaign": {"name": did["campaign"]},
        "location": {"city": did["city"]},
        "device": {"id": mine["device"], "advertisingId": mine["device"]},
    }
    product = {
        "product_id": did["product"], "name": did["goods"], "brand": did["brand"],
        "category": did["category"], "price": 12.5, "quantity": 2,
    }  # fmt: skip
    ids = {"user_id": mine["user"], "anonymous_id": mine["device"], "context": context}
    traits = {
        "email": who.email, "firstName": mine["given"], "lastName": mine["family"],
        "phone": who.phone, "hobby": mine["hobby"],
        "address": {"street": mine["street"], "city": did["city"], "country": "Germany"},
    }  # fmt: skip
    client.page(**ids, name=did["title"], properties={"path": f"/{did['path']}"})
    client.identify(**ids, traits=traits)
    client.track(**ids, event="Products Searched", properties={"query": did["query"]})
    client.track(**ids, event="Product Viewed", properties=product | {"note": did["note"]})
    client.track(
        **ids,
        event="Order Completed",
        properties={
            "order_id": did["order"], "coupon": did["coupon"], "total": 25, "currency": "EUR",
            "email": who.email, "products": [product],
        },
    )  # fmt: skip
    client.track(**ids, event=f"Told us {did['note']}", properties={"message": who.email})
    client.shutdown()
    assert not errors


def leave_a_broken_message(stack: Stack, shop: Shop, who: Shopper) -> None:
    """One that nobody can read, which names its sender; it lies in quarantine."""
    before = stack.query("SELECT count(*) FROM profiles_quarantined")[0][0]
    broken = {
        "type": "track",
        "event": "x",
        "timestamp": "yesterday",
        "userId": who.personal["user"],
    }
    shop.send(broken | {"properties": {"say": who.doings["unread"]}})
    stack.wait_until(
        lambda: stack.query("SELECT count(*) FROM profiles_quarantined")[0][0] > before
    )


def look_at(stack: Stack, profile_id: str, who: Shopper) -> None:
    """Staff lift the masks, and write down more than they should."""
    console = Browser(stack)
    console.sign_in("privacy")
    path = f"/admin/people/{profile_id}/"
    shown = console.submit(path, reason=f"Called about {who.personal['said']}, {who.email}")
    assert who.email in shown.text


@contextlib.contextmanager
def digest_stopped(stack: Stack) -> Iterator[None]:
    """The digest is away for a while."""
    stack.kill("digest")
    try:
        yield
    finally:
        stack.restart("digest")


def ask_for_erasure(stack: Stack, who: Shopper) -> tuple[str, Browser]:
    """Ask in the privacy centre and confirm by the mailed link. Answers the path of the status
    page."""
    browser = Browser(stack)
    browser.submit("/privacy/delete/", email=who.email)
    link = browser.mailed_link(who.email, "/privacy/confirm/")
    page = browser.submit(link)
    assert "Waiting for approval" in page.text
    return page.url.removeprefix(stack.base_url), browser


def approve(stack: Stack, status: str) -> str:
    """Staff approve the newest request; answers its id."""
    ((request_id,),) = stack.query(
        "SELECT id::text FROM consent_request WHERE state = 'confirmed'"
        " ORDER BY received_at DESC LIMIT 1"
    )
    officer = Browser(stack)
    officer.sign_in("privacy")
    page = f"/admin/consent/request/{request_id}/change/"
    officer.submit(f"/admin/consent/request/{request_id}/approve/", shown_on=page)
    return str(request_id)


def state(stack: Stack, request_id: str) -> str:
    return str(stack.query("SELECT state FROM consent_request WHERE id = %s", [request_id])[0][0])


def verify_offline(stack: Stack, file: Path) -> str:
    """``manage.py verify_receipt`` with servers that do not exist."""
    env = stack.env | {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_receipt", str(file)],
        env=env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_erasure__words_in_every_field__stand_nowhere_afterwards(
    stack: Stack, tmp_path: Path
) -> None:
    shop, who = Shop(stack), Shopper()
    visit(stack, who)
    person = stack.wait_until(lambda: shop.person("email", who.email))
    stack.wait_until(lambda: stack.lag() == 0)
    leave_a_broken_message(stack, shop, who)
    look_at(stack, person["profile_id"], who)
    with stack.connect() as database:
        database.execute("ANALYZE")  # as autovacuum does: the planner now remembers values

    in_clear = canary.find(stack, [*who.personal.values(), who.phone.lstrip("+")])
    found_before = {place for _, place in canary.find(stack, who.doings.values())}
    status, browser = ask_for_erasure(stack, who)
    with digest_stopped(stack):
        late = {"type": "identify", "userId": who.personal["user"], "context": EVERYTHING}
        shop.send(late | {"traits": {"email": who.email, "nickname": who.personal["said"]}})
        request_id = approve(stack, status)
        stack.wait_until(lambda: "waits" in stack.logged("worker"))
        assert state(stack, request_id) == "approved"
    stack.wait_until(lambda: state(stack, request_id) == "done", 90)
    assert "Done" in browser.see(status).text

    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(browser.see(f"{status}receipt.json").content)
    said = verify_offline(stack, receipt)
    assert said.startswith("Valid. erasure R-")
    told = {t["holder"]: t for t in json.loads(receipt.read_text())["body"]["targets"]}
    assert told["profiles"]["rows"]["profiles_event"] >= 6
    assert told["profiles"]["rows"]["profiles_quarantined"] == 1
    assert "django_admin_log" in told["profiles"]["kept"]

    assert any(place.startswith("table public.profiles_event") for place in found_before)
    assert shop.person("email", who.email) is None
    assert in_clear == set()
    assert canary.find(stack, who.words()) == set()
