"""The privacy centre as a browser without JavaScript uses it."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from cdp.lib import clock
from consent import api
from consent.data import Evidence
from consent.requests import ask
from consent.requests.models import OneTimeLink, Request
from consent.requests.run import run
from consent.rest import limits
from consent.rest.choices import COOKIE
from tests.consent.acts import act
from tests.consent.shelf import Shelf, subject_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shelf")]
KNOWN, UNKNOWN = "ada@example.org", "bob@example.org"


def mailed_path() -> str:
    """The path of the link in the newest letter."""
    found = re.search(r"https?://[^/]+(/privacy/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.mark.parametrize(
    "path",
    [
        "/privacy/",
        "/privacy/choices/",
        "/privacy/choices/mail/",
        "/privacy/copy/",
        "/privacy/delete/",
        "/privacy/mailbox/",
    ],
)
def test_pages__opened__are_complete_without_script_or_inline_style(path: str) -> None:
    page = Client().get(path).content.decode()
    assert page.count("<h1>") == page.count("<main") == 1
    assert "<script" not in page
    assert "style=" not in page.replace('rel="stylesheet"', "")
    assert re.search(r"<title>\S", page)


def test_mailbox__outside_demo_mode__does_not_exist(settings: Settings) -> None:
    settings.DEMO = False
    assert Client().get("/privacy/mailbox/").status_code == 404


@pytest.mark.parametrize(
    ("answer", "permitted"),
    [
        ("save", {"marketing"}),
        ("refuse", set()),
        ("accept", {"analytics", "personalisation", "marketing"}),
    ],
)
def test_choices__three_equal_buttons__say_what_holds(answer: str, permitted: set[str]) -> None:
    browser = Client()
    form = {"answer": answer, "purpose": ["marketing"], "notice": "2026-1"}
    page = browser.post("/privacy/choices/", form, follow=True)
    assert "Your choice is saved" in page.content.decode()
    subject = subject_for("anonymous_id", browser.cookies[COOKIE].value)
    assert {d.purpose for d in api.decisions(subject) if d.permitted} == permitted | {"service"}
    record = api.history(subject)[0]
    assert (record.act.evidence, record.act.explicit, record.act.notice_version) == (
        Evidence.CLIENT_ASSERTED,
        True,
        "2026-1",
    )


def test_choices__only_looked_at__writes_nothing_and_sets_no_cookie() -> None:
    browser = Client()
    browser.get("/privacy/choices/")
    assert COOKIE not in browser.cookies


def test_choices__cookie_full_of_nonsense__starts_anew() -> None:
    browser = Client()
    browser.cookies[COOKIE] = "'; DROP TABLE--"
    browser.post("/privacy/choices/", {"answer": "refuse"})
    assert re.fullmatch(r"[0-9a-f-]{36}", browser.cookies[COOKIE].value)


def test_gpc__sent__honoured_shown_and_weaker_than_a_choice() -> None:
    browser = Client(headers={"Sec-GPC": "1"})
    browser.cookies[COOKIE] = "visitor-0001"
    subject = subject_for("anonymous_id", "visitor-0001")
    page = browser.get("/privacy/choices/")
    assert "Opt-Out Request Honored" in page.content.decode()
    assert "Sec-GPC" in page.headers["Vary"]
    assert {d.purpose: d.because for d in api.decisions(subject)}["marketing"] == "refused"
    browser.post("/privacy/choices/", {"answer": "accept"})
    browser.get("/privacy/choices/")
    assert api.permits(subject, "marketing")


@pytest.mark.parametrize("signal", ["0", "true", "11", ""])
def test_gpc__any_other_value__ignored(signal: str) -> None:
    browser = Client(headers={"Sec-GPC": signal})
    assert "Opt-Out" not in browser.get("/privacy/choices/").content.decode()


def test_gpc__support_file__says_yes() -> None:
    assert Client().get("/.well-known/gpc.json").json()["gpc"] is True


def test_choices_by_link__mailed__saves_once_as_the_person() -> None:
    browser = Client()
    browser.post("/privacy/choices/mail/", {"email": KNOWN})
    path = mailed_path()
    assert browser.get(path).status_code == 200
    saved = browser.post(path, {"answer": "accept", "notice": "2026-1"})
    assert "Your choice is saved" in saved.content.decode()
    subject = subject_for("email", KNOWN)
    assert api.history(subject)[0].act.evidence is Evidence.AUTHENTICATED
    assert browser.post(path, {"answer": "refuse"}).status_code == 410
    assert api.permits(subject, "marketing")


@pytest.mark.parametrize("path", ["/privacy/delete/", "/privacy/copy/", "/privacy/choices/mail/"])
def test_asking__known_or_unknown_address__same_answer_and_a_letter_each(
    shelf: type[Shelf], path: str
) -> None:
    shelf.notes[subject_for("email", KNOWN)] = ["likes tea"]
    api.record([act(subject_for("email", KNOWN), "marketing", True)])
    pages = []
    for email in (KNOWN, UNKNOWN):
        answer = Client().post(path, {"email": email})
        pages.append((answer.status_code, answer.content.decode().replace(email, "…")))
    assert pages[0] == pages[1]
    assert [letter.to for letter in mail.outbox] == [[KNOWN], [UNKNOWN]]


def test_erasure__asked_confirmed_approved__seen_done_with_receipt(shelf: type[Shelf]) -> None:
    shelf.notes[subject_for("email", KNOWN)] = ["likes tea"]
    browser = Client()
    browser.post("/privacy/delete/", {"email": KNOWN})
    request = Request.objects.get()
    path = mailed_path()
    assert request.reference in browser.get(path).content.decode()
    assert Request.objects.get().state == "received"  # looking confirms nothing
    status = browser.post(path, follow=True)
    assert "Waiting for approval" in status.content.decode()
    assert f"{request.due_on:%-d %B %Y}" in status.content.decode()
    run(ask.approve(request.pk, by=None).pk)
    page = browser.get(mailed_path()).content.decode()
    assert "Done" in page
    receipt = browser.get(re.search(r'href="(\S+receipt\.json)"', page)[1])  # type: ignore[index]
    assert receipt.json()["body"]["reference"] == request.reference


def test_confirm__link_used_twice__second_time_ended() -> None:
    browser = Client()
    browser.post("/privacy/delete/", {"email": KNOWN})
    path = mailed_path()
    assert browser.post(path).status_code == 302
    assert [browser.post(path).status_code, browser.get(path).status_code] == [410, 410]


def test_confirm__link_a_day_old__ended() -> None:
    browser = Client()
    browser.post("/privacy/delete/", {"email": KNOWN})
    OneTimeLink.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert browser.post(mailed_path()).status_code == 410
    assert Request.objects.get().state == "received"


@pytest.mark.parametrize("page", ["confirm", "status", "download", "choices"])
def test_links__made_up__ended(page: str) -> None:
    assert Client().get(f"/privacy/{page}/made-up/").status_code == 410


def test_copy__downloaded__once(shelf: type[Shelf]) -> None:
    shelf.notes[subject_for("email", KNOWN)] = ["likes tea"]
    browser = Client()
    browser.post("/privacy/copy/", {"email": KNOWN})
    browser.post(mailed_path())
    run(Request.objects.get().pk)
    path = mailed_path()
    assert browser.get(path).headers["Content-Type"].startswith("text/html")
    assert browser.post(path).json()["data"]["shelf"]["notes"] == ["likes tea"]
    assert browser.post(path).status_code == 410


@pytest.mark.parametrize("email", ["", "nonsense", "a\0@b.org", "x" * 300 + "@example.org"])
def test_asking__not_an_address__says_so_at_the_field(email: str) -> None:
    page = Client().post("/privacy/delete/", {"email": email}).content.decode()
    assert 'aria-invalid="true"' in page
    assert 'id="error"' in page
    assert not Request.objects.exists()


def test_asking__too_often_for_one_mailbox__stopped() -> None:
    answers = [
        Client().post("/privacy/delete/", {"email": KNOWN}).status_code
        for _ in range(limits.PER_MAILBOX + 1)
    ]
    assert answers == [200] * limits.PER_MAILBOX + [429]
    assert len(mail.outbox) == limits.PER_MAILBOX


def test_asking__too_often_from_one_machine__stopped_for_new_mailboxes_too() -> None:
    answers = [
        Client().post("/privacy/delete/", {"email": f"a{n}@example.org"}).status_code
        for n in range(limits.PER_MACHINE + 1)
    ]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {200}


def test_forms__without_a_token__refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/privacy/delete/", {"email": KNOWN}).status_code == 403
