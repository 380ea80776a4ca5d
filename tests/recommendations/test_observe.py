"""What the event path keeps about people and items."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from cdp.lib import ids
from consent import api as consent
from profiles import api as profiles
from profiles.data import Batch, Merge
from recommendations.interactions import counting
from recommendations.interactions.models import Interaction
from recommendations.privacy import SubjectData
from recommendations.stages import observe
from tests.factories.messages import message, source
from tests.recommendations.support import NOW, event

pytestmark = pytest.mark.django_db

Rows = list[tuple[object, ...]]


def rows() -> Rows:
    fields = ("profile_id", "item_id", "views", "carts", "purchases", "refunds", "last_at")
    return list(Interaction.objects.order_by("profile_id", "item_id").values_list(*fields))


def mask() -> int:
    return consent.mask_of("service", "personalisation")


def test_observe__any_order_and_split__gives_the_same_rows() -> None:
    people = [ids.new() for _ in range(3)]
    chance = random.Random(5)
    kinds = ["view", "view", "add", "purchase", "refund", "search", "page"]
    events = [
        event(
            chance.choice(people),
            chance.choice(kinds),
            chance.choices("abcd", k=2),
            purposes=mask(),
            at=NOW - timedelta(minutes=chance.randrange(1000)),
        )
        for _ in range(80)
    ]
    observe(Batch(events=events))
    first = rows()
    Interaction.objects.all().delete()
    chance.shuffle(events)
    for start in range(0, 80, 7):
        observe(Batch(events=events[start : start + 7]))
    assert rows() == first
    assert len(first) > 5


def test_observe__order_under_service_alone__leaves_no_row() -> None:
    someone = ids.new()
    observe(Batch(events=[event(someone, "purchase", ["a"], purposes=consent.mask_of("service"))]))
    assert rows() == []


def test_observe__order_without_a_person_or_item__leaves_no_row() -> None:
    events = [event(None, "purchase", ["a"], purposes=mask())]
    events += [event(ids.new(), "view", [""], purposes=mask())]
    assert observe(Batch(events=events)).counts["interactions"] == 0


def test_observe__batch_of_many__is_one_write(django_assert_max_num_queries: object) -> None:
    people = [ids.new() for _ in range(50)]
    events = [event(one, "view", ["a", "b"], purposes=mask()) for one in people]
    observe(Batch(events=events[:1]))  # purposes and sources are looked up once in a while
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        observe(Batch(events=events[1:]))
    assert len(rows()) == 100


def test_observe__merge__counts_the_winner_anew_and_drops_the_loser() -> None:
    winner, loser = ids.new(), ids.new()
    observe(Batch(events=[event(loser, "view", ["a"], purposes=mask())]))
    observe(Batch(events=[event(winner, "view", ["a"], purposes=mask())]))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE event_rest PARTITION OF profiles_event DEFAULT")
        for kind, items, purposes in (
            ("view", ["a", "a"], mask()),
            ("purchase", ["b"], mask()),
            ("purchase", ["secret"], consent.mask_of("service")),
        ):
            message = str(ids.new())
            parameters: list[Any] = [ids.new(), NOW, NOW, message, kind, kind, winner, purposes]
            parameters += [items, *[len(items)] * 4]
            cursor.execute(
                "INSERT INTO profiles_event (id, timestamp, received_at, skewed, source_id, "
                "message_id, type, kind, name, profile_id, purposes, order_id, currency, items, "
                "quantities, prices, categories, brands, properties, context) VALUES "
                "(%s, %s, %s, false, 1, %s, 'track', %s, %s, %s, %s, '', '', %s, "
                "array_fill(1::numeric, ARRAY[%s]), array_fill(NULL::numeric, ARRAY[%s]), "
                "array_fill(''::text, ARRAY[%s]), array_fill(''::text, ARRAY[%s]), '{}', '{}')",
                parameters,
            )
    observe(Batch(merges=[Merge(winner_id=winner, loser_id=loser)]))
    assert rows() == [
        (winner, "a", 2, 0, 0, 0, NOW),
        (winner, "b", 0, 0, 1, 0, NOW),
    ]


def test_observe__shared_device_split_off_late__leaves_what_a_recount_finds() -> None:
    web = source()
    goods = [("a", "Cups", ""), ("b", "Tea", "")]
    profiles.process([message(web, visitor="laptop", items=(goods[0],))])
    profiles.process([message(web, user="u1", visitor="laptop", minutes=1, items=(goods[1],))])
    profiles.process([message(web, user="u2", visitor="laptop", minutes=2, items=(goods[1],))])
    device = profiles.resolve("anonymous_id", "laptop")
    first, second = profiles.resolve("user_id", "u1"), profiles.resolve("user_id", "u2")
    found = rows()
    assert {row[:3] for row in found} == {(device, "a", 1), (first, "b", 1), (second, "b", 1)}
    counting.recompute([row[0] for row in found], consent.mask_of("personalisation"))  # type: ignore[misc]
    assert rows() == found


def test_privacy__export_then_erase__nothing_stands_and_repeating_is_calm() -> None:
    someone, other = ids.new(), ids.new()
    observe(Batch(events=[event(one, "view", ["a"], purposes=mask()) for one in (someone, other)]))
    holder = SubjectData()
    subject = frozenset({someone})
    assert holder.export(subject)["products"][0]["views"] == 1
    assert holder.verify(subject) == ["recommendations_interaction"]
    erased = holder.erase(subject)
    assert erased.rows == {"recommendations_interaction": 1}
    assert "models" in erased.kept
    assert holder.verify(subject) == []
    assert holder.erase(subject).rows == {"recommendations_interaction": 0}
    assert len(counting.of(other)) == 1
