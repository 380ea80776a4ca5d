"""Receipts: what they are kept for, and how long."""

from datetime import timedelta

import pytest

from cdp.lib import clock, sql
from profiles.events import receipts
from profiles.events.models import Receipt

pytestmark = pytest.mark.django_db


def test_tidy__receipts_of_all_ages__old_ones_go_stretch_by_stretch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receipts, "PAGES", 3)
    keys = [receipts.key(1, f"m{number}") for number in range(2_000)]
    receipts.issue(keys, Receipt.Outcome.STORED)
    sql.execute("UPDATE profiles_receipt SET seen_at = seen_at - interval '34 days'")
    fresh = receipts.key(1, "new")
    receipts.issue([fresh], Receipt.Outcome.STORED)
    assert receipts.tidy() == 0
    assert receipts.tidy(clock.now() + timedelta(days=2)) == 2_000
    assert receipts.issue([fresh], Receipt.Outcome.STORED) == frozenset()
    assert receipts.issue(keys[:1], Receipt.Outcome.STORED) == {keys[0]}
