"""The console's pages of consent, through Django's client."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from consent import api, dashboard
from consent.access import keys
from consent.access.models import ApiKey
from consent.requests import ask
from consent.requests.models import Request
from consent.requests.run import run
from tests.consent.acts import act
from tests.consent.shelf import Shelf, subject_for

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "ada@example.org"


@pytest.fixture
def console(shelf: type[Shelf], settings: object) -> type[Shelf]:
    """The console's addresses, with the tests' own holder."""
    settings.ROOT_URLCONF = "cdp.urls"  # type: ignore[attr-defined]
    return shelf


def signed_in(*roles: str) -> Client:
    """Someone of these roles; of none: an administrator."""
    user = User.objects.create_user(f"u{uuid4().hex[:8]}", is_staff=True, is_superuser=not roles)
    user.groups.set(Group.objects.filter(name__in=roles))
    client = Client()
    client.force_login(user)
    return client


def waiting() -> Request:
    """A confirmed erasure."""
    return ask.confirm(ask.by_mail("erasure", EMAIL).pk, evidence="one-time link")


def address(request: Request, action: str = "change") -> str:
    return f"/admin/consent/request/{request.pk}/{action}/"


def test_queue__opened__due_first_and_only_confirmed(console: type[Shelf]) -> None:
    unconfirmed, confirmed = ask.by_mail("access", EMAIL), waiting()
    page = signed_in("privacy").get("/admin/consent/request/").content.decode()
    assert confirmed.reference in page
    assert unconfirmed.reference not in page
    assert "days left" in page


def test_request__approved_by_the_privacy_role__runs_and_shows_its_receipt(
    console: type[Shelf],
) -> None:
    console.notes[subject_for("email", EMAIL)] = ["likes tea", "bought cups"]
    officer, request = signed_in("privacy"), waiting()
    page = officer.get(address(request)).content.decode()
    assert "shelf_note: 2" in page
    assert EMAIL not in page
    assert officer.get(address(request, "approve")).status_code == 405
    assert "approved" in officer.post(address(request, "approve"), follow=True).content.decode()
    run(request.pk)
    page = officer.get(address(request)).content.decode()
    assert "Download the receipt" in page
    assert officer.get(address(request, "receipt")).json()["body"]["kind"] == "erasure"


def test_request__refused_without_a_reason__says_so_and_stays(console: type[Shelf]) -> None:
    officer, request = signed_in("privacy"), waiting()
    page = officer.post(address(request, "deny"), {"reason": ""}, follow=True)
    assert "Say why" in page.content.decode()
    officer.post(address(request, "deny"), {"reason": "Court case."})
    request.refresh_from_db()
    assert (request.state, request.reason) == ("denied", "Court case.")


@pytest.mark.parametrize("role", ["marketer", "analyst", "engineer"])
def test_request__another_role__kept_out(console: type[Shelf], role: str) -> None:
    client, request = signed_in(role), waiting()
    assert client.get(address(request)).status_code == 403
    assert client.post(address(request, "approve")).status_code == 403
    request.refresh_from_db()
    assert request.state == "confirmed"


def test_ledger__searched_by_subject__shows_the_whole_person_and_no_form(
    console: type[Shelf],
) -> None:
    one, two = uuid4(), uuid4()
    api.record([act(one, "marketing", True), act(uuid4(), "analytics", False)])
    api.link(two, [one])
    officer = signed_in("privacy")
    page = officer.get("/admin/consent/ledgerrecord/", {"q": str(two)}).content.decode()
    assert str(one) in page
    assert page.count("Refused") == page.count("Allowed") - 1 or "analytics" in page
    assert officer.get("/admin/consent/ledgerrecord/", {"q": "nonsense"}).status_code == 200
    assert officer.get("/admin/consent/ledgerrecord/add/").status_code == 403


def test_key__made__shows_its_secret_once_and_can_be_revoked(console: type[Shelf]) -> None:
    admin = signed_in()
    form = {"name": "shop", "scopes": ["events", "profiles:write"]}
    page = admin.post("/admin/consent/apikey/add/", form, follow=True).content.decode()
    key = ApiKey.objects.get()
    secret = page.split("<code>")[1].split("</code>")[0]
    assert keys.find(secret) == key
    assert key.scopes == ["events", "profiles:write"]
    listing = admin.get("/admin/consent/apikey/").content.decode()
    assert secret not in listing
    admin.post(f"/admin/consent/apikey/{key.pk}/revoke/")
    assert keys.find(secret) is None


def test_purpose__words_changed_by_the_privacy_role__read_at_once(console: type[Shelf]) -> None:
    form = {"basis": "consent", "title": "News", "description": "Letters.", "retention_days": "90"}
    answer = signed_in("privacy").post("/admin/consent/purpose/marketing/change/", form)
    assert answer.status_code == 302
    assert api.purposes()["marketing"].title == "News"
    assert api.purposes()["marketing"].bit == 3


def test_dashboard__people_chose__counts_them(console: type[Shelf]) -> None:
    api.record([act(uuid4(), "marketing", True) for _ in range(3)])
    api.record([act(uuid4(), "marketing", False)])
    waiting()
    cards = {card["title"]: card for card in dashboard.cards()}
    assert cards["Requests open"]["value"] == "1"
    assert cards[api.purposes()["marketing"].title]["value"] == "75 %"
