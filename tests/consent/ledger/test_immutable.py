"""What was written stays as it was written, and the database is the one to insist."""

import json
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cdp.lib import sql
from consent import api
from consent.ledger.models import LedgerRecord, Seal
from consent.ledger.verify import verify
from tests.consent.acts import act

ATTEMPTS = [
    "UPDATE consent_ledgerrecord SET granted = true",
    "DELETE FROM consent_ledgerrecord",
    "TRUNCATE consent_ledgerrecord",
    "UPDATE consent_seal SET position = position + 1",
    "DELETE FROM consent_seal",
    "TRUNCATE consent_seal",
    "UPDATE consent_subjectlink SET winner_id = loser_id",
    "TRUNCATE consent_notice",
    "DELETE FROM consent_notice",
]


def tamper(statement: str) -> None:
    """What an attacker with the database's own rights would do."""
    with transaction.atomic():
        sql.execute("SET LOCAL session_replication_role = replica")
        sql.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ATTEMPTS)
def test_ledger__changed_in_place__refused_by_the_database(statement: str) -> None:
    one, two = uuid4(), uuid4()
    api.record([act(one, "analytics", False)])
    api.link(one, [two])
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        sql.execute(statement)
    assert LedgerRecord.objects.get().granted is False


@pytest.mark.django_db(transaction=True)
def test_verify_ledger__as_written__sound_and_counted(tmp_path: Path) -> None:
    api.record(
        [
            act(uuid4(), "marketing", True, detail={"note": 'quote " and ü and \x01', "n": 1.5})
            for _ in range(5)
        ]
    )
    call_command("verify_ledger", json=tmp_path / "found.json", stdout=StringIO())
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["sealed"], found["unsealed"], found["broken"]) == (5, 0, [])
    assert found["head"] == bytes(Seal.objects.get(position=5).digest).hex()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE consent_ledgerrecord SET granted = NOT granted WHERE sequence = {2}", [3]),
        ("DELETE FROM consent_ledgerrecord WHERE sequence = {1}", [2]),
        ("DELETE FROM consent_seal WHERE position = 2", [3]),
    ],
)
def test_verify_ledger__tampered_with__says_where(statement: str, broken: list[int]) -> None:
    for hour in range(4):
        api.record([act(uuid4(), "analytics", True, hour)])
    assert verify().sound
    sequences = list(LedgerRecord.objects.order_by("sequence").values_list("sequence", flat=True))
    tamper(statement.format(*sequences))
    report = verify()
    assert not report.sound
    assert report.broken[: len(broken)] == broken
    with pytest.raises(CommandError, match="not what was written"):
        call_command("verify_ledger", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_seal__transaction_rolled_back__leaves_no_gap() -> None:
    api.record([act(uuid4(), "analytics", True)])
    with transaction.atomic():
        api.record([act(uuid4(), "analytics", True)])
        transaction.set_rollback(True)
    api.record([act(uuid4(), "analytics", True)])
    assert verify().sealed == 2
    assert connection.vendor == "postgresql"
