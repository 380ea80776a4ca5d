"""Completeness of profiles in numbers."""

from datetime import date

import pytest

from profiles import api, dashboard
from profiles.data import Module
from profiles.quality import completeness
from profiles.quality.models import Snapshot
from profiles.tasks import snapshot_completeness
from tests.factories.messages import message, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> None:
    web = source()
    api.process(
        [
            message(web, "identify", user="full", traits={"email": "f@example.org", "gender": "f"}),
            message(web, user="full", minutes=1, context={"locale": "de"}),
            message(web, "identify", user="bare"),
            message(web, "purchase", user="buyer", revenue="3", items=(("i", "Cups", ""),)),
        ]
    )


def _filled(slug: str) -> tuple[int, int]:
    found = next(one for one in completeness.by_attribute() if one.attribute == slug)
    return found.filled, found.total


@pytest.mark.parametrize(
    ("slug", "filled"),
    [
        ("email", 1),
        ("gender", 1),
        ("locale", 1),
        ("events", 2),
        ("last_order_at", 1),
        ("category_affinity", 1),
        ("phone", 0),
    ],
)
def test_completeness__by_attribute__counts_people_with_a_value(
    people: None, slug: str, filled: int
) -> None:
    assert _filled(slug) == (filled, 3)
    assert len(completeness.missing(slug)) == 3 - filled


def test_missing__paged__goes_on_after_the_last(people: None) -> None:
    found = completeness.missing("phone")
    assert found == sorted(found)
    assert completeness.missing("phone", limit=2, after=found[0]) == found[1:]


def test_missing__of_no_slug__is_refused() -> None:
    with pytest.raises(ValueError, match="slug"):
        completeness.missing("x' OR true --")


def test_completeness__of_one__is_a_share_by_module(people: None) -> None:
    full, bare = api.resolve("user_id", "full"), api.resolve("user_id", "bare")
    assert full is not None
    assert bare is not None
    assert api.completeness(bare)[Module.CORE] == 0
    assert 0 < api.completeness(full)[Module.CORE] < 1
    assert api.completeness(full)[Module.CONTEXTUAL] > 0


def test_snapshot__twice_a_day__keeps_one_row_an_attribute(people: None) -> None:
    assert snapshot_completeness() == snapshot_completeness() == Snapshot.objects.count()
    completeness.snapshot(date(2026, 1, 1))
    days = completeness.over_time(Module.CORE)
    assert len(days) == 2
    assert days[0][0] == date(2026, 1, 1)
    assert 0 < days[0][1] < 1


def test_cards__on_the_home_page__say_how_many_people_there_are(people: None) -> None:
    assert dashboard.cards()[0]["value"] == "3"
