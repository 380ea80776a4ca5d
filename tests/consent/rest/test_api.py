"""``/api/v1/consents/`` and ``/api/v1/privacy/requests/`` through Django's client."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consent import api
from consent.requests import ask, receipts
from consent.requests.run import run
from tests.consent.shelf import Shelf, subject_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shelf")]
CONSENTS, REQUESTS = "/api/v1/consents/", "/api/v1/privacy/requests/"


def client(*scopes: str) -> Client:
    """A program with these scopes."""
    _, secret = api.issue_key(name="shop server", scopes=scopes)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def post(scopes: str, path: str, body: Any) -> Any:
    return client(scopes).post(path, body, content_type="application/json")


def test_consents__recorded_for_someone_unknown__hold_and_are_read_back() -> None:
    body = {
        "type": "user_id",
        "value": "u1",
        "purposes": {"marketing": True, "analytics": False},
        "occurred_at": "2026-05-01T10:00:00Z",
        "source": "checkout",
    }
    made = post("consents:write", CONSENTS, body)
    assert made.status_code == 201
    found = client("consents").get(CONSENTS, {"type": "user_id", "value": "u1"}).json()
    assert found == made.json()
    assert found["subject"] == str(subject_for("user_id", "u1"))
    assert {d["purpose"]: d["permitted"] for d in found["decisions"]} == {
        "service": True,
        "analytics": False,
        "personalisation": False,
        "marketing": True,
    }
    assert {line["notice_version"] for line in found["history"]} == {"2026-1"}
    assert {line["evidence"] for line in found["history"]} == {"authenticated"}


def test_consents__same_call_twice__one_line_each() -> None:
    body = {
        "subject": str(uuid4()),
        "purposes": {"marketing": True},
        "occurred_at": "2026-05-01T10:00:00Z",
    }
    post("consents:write", CONSENTS, body)
    assert len(post("consents:write", CONSENTS, body).json()["history"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        {"type": "user_id", "purposes": {"marketing": True}},
        {"type": "user_id", "value": "u1", "purposes": {}},
        {"type": "user_id", "value": "u1", "purposes": {"marketing": "perhaps"}},
        {"type": "user_id", "value": "u1", "purposes": {"service": False}},
        {"type": "user_id", "value": "u1", "purposes": {"unheard_of": True}},
        {"type": "user_id", "value": "a\0b", "purposes": {"marketing": True}},
        {"type": "user_id", "value": "\ud800", "purposes": {"marketing": True}},
        {"type": "user_id", "value": "u1", "purposes": {"marketing": True}, "source": "\0"},
        {"type": "user_id", "value": "u1", "purposes": {"marketing": True}, "occurred_at": "soon"},
    ],
)
def test_consents__bad_input__a_clear_400_and_nothing_written(body: Any) -> None:
    answer = post("consents:write", CONSENTS, body)
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert answer.json()["code"] in {
        "invalid_request",
        "unknown_purpose",
        "parse_error",
    }
    assert api.history(subject_for("user_id", "u1")) == []


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("consents", "post", CONSENTS, 403),
        ("privacy:write", "get", CONSENTS, 403),
        ("profiles", "get", f"{REQUESTS}{uuid4()}/", 403),
        ("privacy", "post", REQUESTS, 403),
        ("privacy", "get", f"{REQUESTS}{uuid4()}/", 404),
    ],
)
def test_scopes__too_narrow__refused(scope: str, method: str, path: str, status: int) -> None:
    answer = getattr(client(scope), method)(path, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["success"] is False


def test_keys__none_given__401() -> None:
    answer = Client().get(CONSENTS)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_requests__erasure__waits_for_staff_and_then_shows_its_receipt(
    shelf: type[Shelf],
) -> None:
    shelf.notes[subject_for("user_id", "u1")] = ["likes tea"]
    body = {"kind": "erasure", "type": "user_id", "value": "u1", "evidence": "signed in"}
    made = post("privacy:write", REQUESTS, body)
    assert (made.status_code, made.json()["state"]) == (201, "confirmed")
    assert "u1" not in made.content.decode().replace(made.json()["id"], "")
    address = f"{REQUESTS}{made.json()['id']}/"
    assert client("privacy").get(f"{address}receipt/").status_code == 404
    ask.approve(made.json()["id"], by=None)
    run(made.json()["id"])
    assert client("privacy").get(address).json()["state"] == "done"
    document = client("privacy").get(f"{address}receipt/").json()
    assert receipts.verify(document).body["reference"] == made.json()["reference"]


def test_requests__copy__made_and_downloaded(shelf: type[Shelf]) -> None:
    shelf.notes[subject_for("user_id", "u1")] = ["likes tea"]
    body = {"kind": "access", "type": "user_id", "value": "u1"}
    key = post("privacy:write", REQUESTS, body).json()["id"]
    run(key)
    copy = client("privacy").get(f"{REQUESTS}{key}/download/")
    assert copy.json()["data"]["shelf"] == {"notes": ["likes tea"]}
    assert copy.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [{}, {"kind": "revenge", "type": "email", "value": "a@b.c"}])
def test_requests__bad_input__a_clear_400(body: dict[str, str]) -> None:
    answer = post("privacy:write", REQUESTS, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
