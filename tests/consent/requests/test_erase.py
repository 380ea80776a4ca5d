"""``manage.py erase``."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consent.requests.models import Request
from tests.consent.shelf import Shelf, subject_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_erase__one_person__counts_and_leaves_a_receipt_that_verifies(
    shelf: type[Shelf], tmp_path: Path
) -> None:
    shelf.notes[subject_for("user_id", "u1")] = ["likes tea"]
    receipt, found = tmp_path / "receipt.json", tmp_path / "found.json"
    call_command(
        "erase",
        type="user_id",
        value="u1",
        evidence="passport at the counter",
        receipt=receipt,
        json=found,
        stdout=StringIO(),
    )
    assert shelf.notes == {}
    assert json.loads(found.read_text())["rows"] == 1
    call_command("verify_receipt", str(receipt), stdout=StringIO())
    assert Request.objects.get().channel == "staff"


def test_erase__stopped__says_how_to_go_on_and_does(shelf: type[Shelf]) -> None:
    shelf.notes[subject_for("user_id", "u1")] = ["likes tea"]
    shelf.stubborn = "lies"
    with pytest.raises(CommandError, match="--resume R-"):
        call_command("erase", type="user_id", value="u1", evidence="known", stdout=StringIO())
    shelf.stubborn = ""
    call_command("erase", resume=Request.objects.get().reference, stdout=StringIO())
    assert shelf.notes == {}


@pytest.mark.parametrize("options", [{}, {"value": "u1"}, {"resume": "R-NONE"}])
def test_erase__not_enough_said__asks_for_it(shelf: type[Shelf], options: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        call_command("erase", stdout=StringIO(), **options)
    assert not Request.objects.exists()
