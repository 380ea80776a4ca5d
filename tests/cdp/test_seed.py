"""The invented shop: what the generator promises, and the command that fills an installation."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from cdp.demo import catalogue, people, seed, story
from cdp.lib import sql
from consent import api as consent
from profiles import api as profiles
from recommendations import api as recommendations
from recommendations.data import Query
from segments import api as segments

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
CROWD = list(people.people(150, seed.SEED))


def test_people__same_seed__are_the_same_and_more_begin_with_fewer() -> None:
    assert list(people.people(10, 1)) == list(people.people(30, 1))[:10]
    assert list(people.people(10, 1)) != list(people.people(10, 2))


def test_people__enough_of_them__hold_every_opinion_on_consent() -> None:
    opinions = {json.dumps(person.consent, sort_keys=True) for person in CROWD}
    assert len(opinions) == 5
    assert {person.signs_in_at is None for person in CROWD} == {True, False}


def test_messages__of_anyone__lie_in_the_window_with_ids_of_their_own() -> None:
    messages = [m for person in CROWD for m in story.messages(person, UNTIL, 1)]
    ids = Counter(message["messageId"] for message in messages)
    assert ids.most_common(1)[0][1] == 1
    moments = [datetime.fromisoformat(message["timestamp"]) for message in messages]
    assert max(moments) < UNTIL
    assert min(moments) >= UNTIL - timedelta(days=story.DAYS)


def test_goods__all__have_a_picture_a_price_and_a_name_of_their_own() -> None:
    goods = catalogue.goods()
    assert len(goods) == 240
    assert len({good.item_id for good in goods}) == len({good.name for good in goods}) == 240
    assert all(good.price > 0 for good in goods)
    assert set(catalogue.GOES_WITH) == set(catalogue.GOODS)


@pytest.mark.django_db
def test_seed_demo__outside_demo_mode__refuses() -> None:
    with override_settings(DEMO=False), pytest.raises(CommandError, match="CDP_DEMO"):
        call_command("seed_demo", "--people", "1")
    assert not seed.is_seeded()


def counts() -> list[tuple[Any, ...]]:
    return sql.rows(
        "SELECT (SELECT count(*) FROM profiles_event), (SELECT count(*) FROM profiles_profile),"
        " (SELECT count(*) FROM recommendations_override),"
        " (SELECT count(*) FROM segments_segment), (SELECT count(*) FROM consent_apikey)"
    )


@pytest.mark.django_db(transaction=True)
def test_seed_demo__run_twice__makes_everything_once(tmp_path: Path) -> None:
    report = tmp_path / "seed.json"
    call_command("seed_demo", "--people", "60", "--json", report)
    assert json.loads(report.read_text())["messages"] > 500
    before = counts()
    call_command("seed_demo", "--people", "60")
    assert counts() == before
    assert before[0][2:] == (2, 5, 1)
    assert profiles.source_by_key(seed.WRITE_KEY) is not None
    assert consent.find_key(seed.API_KEY) is not None
    assert {summary.name for summary in segments.summaries()} >= {"High value", "Loyal customers"}
    slate = recommendations.recommend(Query(placement="homepage", limit=4))
    assert slate.items[0].override == "Gift box of the month"


@pytest.mark.django_db(transaction=True)
def test_send__refusers__leave_only_their_orders_and_what_names_them() -> None:
    source = profiles.ensure_source("demo-shop", "Demo shop", "web", secret=seed.WRITE_KEY)
    refusers = [p for p in CROWD if p.consent is None or not any(p.consent.values())]
    messages = [m for person in refusers for m in story.messages(person, UNTIL, 1)]
    seed.send(source, messages)
    kinds = {kind for (kind,) in sql.rows("SELECT DISTINCT kind FROM profiles_event")}
    assert any(message.get("event") == "Product Viewed" for message in messages)
    assert kinds <= {"purchase", "refund", "identify"}
    device = sql.rows("SELECT count(*) FROM profiles_identifier WHERE kind = 'anonymous_id'")
    assert device == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_send__sent_again__counts_once() -> None:
    source = profiles.ensure_source("demo-shop", "Demo shop", "web", secret=seed.WRITE_KEY)
    messages = seed.told(15, UNTIL)
    seed.send(source, messages)
    before = counts()
    seed.send(source, messages)
    assert counts() == before
    assert before[0][0] > 100
