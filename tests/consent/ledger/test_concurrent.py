"""Several processes that record at once."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection

from cdp.lib import sql
from consent import api
from consent.data import Act
from consent.ledger import fold
from consent.ledger.models import Standing
from consent.ledger.verify import verify
from tests.consent.acts import act

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = [uuid4() for _ in range(6)]


def in_a_thread(acts: list[Act]) -> None:
    """Record in small batches on a connection of its own, again where the database says so."""
    try:
        for start in range(0, len(acts), 7):
            while True:
                try:
                    api.record(acts[start : start + 7])
                    break
                except DatabaseError as failure:
                    if not sql.is_transient(failure):
                        raise
    finally:
        connection.close()


def test_record__four_writers_about_the_same_people__standings_equal_the_ledger() -> None:
    random = Random(7)
    acts = [
        act(
            random.choice(PEOPLE),
            random.choice(["analytics", "marketing"]),
            random.random() < 0.5,
            n,
        )
        for n in range(200)
    ]
    random.shuffle(acts)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(in_a_thread, [acts[n::4] for n in range(4)]))
    stood = masks()
    fold.refold(fold.lock(PEOPLE).values())
    assert masks() == stood
    report = verify()
    assert (report.sealed, report.sound) == (200, True)


def masks() -> dict[UUID, tuple[int, int]]:
    """Every standing as it is stored."""
    return {s.subject_id: (s.mask, s.refused) for s in Standing.objects.all()}
