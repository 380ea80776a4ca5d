"""Requests from asking to receipt, with a holder of the tests' own and the real consent holder."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from cdp.lib import clock, sql
from cdp.lib.errors import Problem
from consent import api, tasks
from consent.requests import ask, receipts
from consent.requests.models import OneTimeLink, Package, Receipt, Request, Step
from consent.requests.run import run, unpack
from tests.consent.acts import act
from tests.consent.shelf import Shelf, subject_for

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "ada@example.org"


def confirmed(kind: str = "erasure") -> Request:
    """A request whose identity was shown."""
    request = ask.by_mail(kind, EMAIL)
    return ask.confirm(request.pk, evidence="one-time link")


def holding(shelf: type[Shelf]) -> UUID:
    """A person of whom something is held and who allowed marketing."""
    subject = subject_for("email", EMAIL)
    shelf.notes[subject] = ["likes tea", "bought cups"]
    api.record([act(subject, "marketing", True)])
    return subject


def test_erasure__approved__forgets_proves_and_tells(shelf: type[Shelf]) -> None:
    subject = holding(shelf)
    request = ask.approve(confirmed().pk, by=None)
    assert run(request.pk) == "done"
    request.refresh_from_db()
    assert shelf.notes == {}
    assert (request.sealed, request.subjects, request.subject_id) == (None, [], subject)
    body = json.loads(request.receipt.body)
    assert [t["rows"] for t in body["targets"]] == [{"shelf_note": 2}, {}]
    assert "consent_ledgerrecord" in body["targets"][1]["kept"]
    assert EMAIL not in request.receipt.body
    assert str(subject) not in request.receipt.body
    assert "Your data is deleted" in mail.outbox[-1].body
    assert api.standings([subject]) == {subject: api.always_mask()}


def test_erasure__old_state_repeated_afterwards__does_not_revive_consent(
    shelf: type[Shelf],
) -> None:
    subject = holding(shelf)
    run(ask.approve(confirmed().pk, by=None).pk)
    api.record([act(subject, "analytics", True, explicit=False)])
    assert api.standings([subject]) == {subject: api.always_mask()}


def test_erasure__not_approved__does_nothing(shelf: type[Shelf]) -> None:
    subject = holding(shelf)
    assert run(confirmed().pk) == "confirmed"
    assert subject in shelf.notes


@pytest.mark.parametrize("way", ["lies", "leaves some", "raises"])
def test_erasure__holder_does_not_do_it__stops_stays_frozen_and_can_go_on(
    shelf: type[Shelf], way: str, caplog: pytest.LogCaptureFixture
) -> None:
    subject = holding(shelf)
    shelf.stubborn = way
    request = ask.approve(confirmed().pk, by=None)
    assert run(request.pk) == "failed"
    request.refresh_from_db()
    assert request.trouble
    assert "likes tea" not in request.trouble + caplog.text
    assert not Receipt.objects.exists()
    assert api.standings([subject]) == {subject: 0}
    shelf.stubborn = ""
    assert run(ask.approve(request.pk, by=None).pk) == "done"
    assert shelf.notes == {}


def test_erasure__worker_died_between_holders__goes_on_where_it_stopped(
    shelf: type[Shelf],
) -> None:
    subject = holding(shelf)
    request = ask.approve(confirmed().pk, by=None)
    Request.objects.filter(pk=request.pk).update(
        state="running", started_at=clock.now(), subjects=[subject]
    )
    Step.objects.create(
        request=request,
        place=0,
        holder="shelf",
        state="done",
        counted={"shelf_note": 2},
        rows={"shelf_note": 2},
        finished_at=clock.now(),
    )
    shelf.notes.clear()
    assert tasks.carry_on()["run"] == 1
    assert json.loads(Receipt.objects.get().body)["targets"][0]["rows"] == {"shelf_note": 2}


def test_run__another_process_has_it__leaves_it(shelf: type[Shelf]) -> None:
    request = ask.approve(confirmed().pk, by=None)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtextextended(%s, 0))",
                [f"consent request {request.pk}"],
            )
        assert run(request.pk) == "busy"
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    assert run(request.pk) == "done"


def test_access__confirmed__runs_without_staff_and_opens_for_seven_days(
    shelf: type[Shelf],
) -> None:
    holding(shelf)
    request = confirmed("access")
    assert run(request.pk) == "done"
    copy = json.loads(unpack(request) or b"")
    assert copy["data"]["shelf"]["notes"] == ["likes tea", "bought cups"]
    assert copy["data"]["consent"]["decisions"]["marketing"] is True
    assert b"likes tea" not in bytes(Package.objects.get().sealed)
    assert "The link works once" in mail.outbox[-1].body
    Package.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert unpack(request) is None
    assert tasks.tidy()["packages"] == 1


def test_deny__with_reason__ends_tells_and_forgets_the_address(shelf: type[Shelf]) -> None:
    request = confirmed()
    with pytest.raises(Problem):
        ask.deny(request.pk, by=None, reason=" ")
    ask.deny(request.pk, by=None, reason="We must keep it for a court case.")
    request.refresh_from_db()
    assert (request.state, request.sealed) == ("denied", None)
    assert "court case" in mail.outbox[-1].body
    assert "data protection authority" in mail.outbox[-1].body
    with pytest.raises(Problem):
        ask.approve(request.pk, by=None)


def test_tidy__never_confirmed__gone_after_a_week(shelf: type[Shelf]) -> None:
    request = ask.by_mail("erasure", EMAIL)
    assert tasks.tidy()["unconfirmed"] == 0
    Request.objects.filter(pk=request.pk).update(received_at=clock.now() - timedelta(days=8))
    tasks.tidy()
    assert not Request.objects.exists()
    assert not OneTimeLink.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "confirmed"},
        {"state": "done", "confirmed_at": "2026-01-01T00:00Z"},
        {"finished_at": "2026-01-01T00:00Z"},
        {"decided_at": "2026-01-01T00:00Z"},
    ],
)
def test_request__state_without_its_time__refused_by_the_database(
    shelf: type[Shelf], fields: dict[str, str]
) -> None:
    request = ask.by_mail("erasure", EMAIL)
    with pytest.raises(IntegrityError):
        Request.objects.filter(pk=request.pk).update(**fields)


def made(shelf: type[Shelf]) -> Receipt:
    """A receipt of a finished erasure."""
    holding(shelf)
    request = ask.approve(confirmed().pk, by=None)
    run(request.pk)
    return Receipt.objects.get(request=request)


def test_receipt__as_made__verified_from_its_file_alone(shelf: type[Shelf], tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(receipts.document(made(shelf)), indent=2))
    call_command(
        "verify_receipt",
        str(file),
        public_key=receipts.public_key(),
        json=tmp_path / "found.json",
        stdout=StringIO(),
    )
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["valid"], found["rows"], found["holders"]) == (True, 2, 2)


@pytest.mark.parametrize("place", ["rows", "signature", "key", "shape"])
def test_receipt__tampered_with__refused(shelf: type[Shelf], tmp_path: Path, place: str) -> None:
    document = receipts.document(made(shelf))
    if place == "rows":
        document["body"]["targets"][0]["rows"] = {"shelf_note": 3}
    elif place == "signature":
        document["signature"] = "AAAA" + document["signature"][4:]
    elif place == "key":
        document["public_key"] = "A" * 43 + "="
    else:
        document = {"hello": "there"}
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(document))
    with pytest.raises(CommandError, match="receipt"):
        call_command("verify_receipt", str(file), stdout=StringIO())


def test_receipt__another_installation_signed__refused(shelf: type[Shelf], tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(receipts.document(made(shelf))))
    with pytest.raises(CommandError, match="another key"):
        call_command("verify_receipt", str(file), public_key="x" * 44, stdout=StringIO())


def test_receipt__second_one__carries_the_hash_of_the_first(shelf: type[Shelf]) -> None:
    first, second = made(shelf), made(shelf)
    assert json.loads(first.body)["previous_sha256"] is None
    assert json.loads(second.body)["previous_sha256"] == receipts._hash(first.body)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        sql.execute("UPDATE consent_receipt SET body = ''")
