"""What conditions on events mean."""

from decimal import Decimal
from typing import Any

import pytest

from profiles.data import Line
from tests.spec.engines import MARKETING, World, both, happened

pytestmark = pytest.mark.django_db

SHOE = Line("shoe", Decimal(2), Decimal("50"), "shoes", "acme", "Shoe")
HAT = Line("hat", Decimal(1), Decimal("9.99"), "hats", "acme", "Hat")
BOOT = Line("boot", Decimal(1), None, "shoes", "zenith", "Boot")

EVENTS = [
    happened(1, days_ago=3, lines=[SHOE], revenue=Decimal(100)),
    happened(1, days_ago=10, lines=[SHOE, HAT], revenue=Decimal("109.99")),
    happened(1, days_ago=100, lines=[BOOT]),
    happened(2, days_ago=3, lines=[HAT], revenue=Decimal("9.99")),
    happened(2, "view", days_ago=1, lines=[SHOE], properties={"colour": "red", "stars": 4}),
    happened(3, "custom", days_ago=7, name="Quiz Finished", properties={"score": "17"}),
    happened(3, "view", days_ago=-1, lines=[HAT]),
    happened(4, days_ago=3, lines=[SHOE], revenue=Decimal(100), purposes=1),
]
WORLD = World({number: {} for number in (1, 2, 3, 4)}, EVENTS)
EVERYBODY = {1, 2, 3, 4}

CASES: list[tuple[dict[str, Any], set[int]]] = [
    ({"event": "purchase"}, {1, 2}),
    ({"event": "purchase", "has": False}, {3, 4}),
    ({"event": "purchase", "op": "gte", "value": 2}, {1}),
    ({"event": "purchase", "op": "lt", "value": 2}, {2, 3, 4}),
    ({"event": "purchase", "op": "equals", "value": 0}, {3, 4}),
    ({"event": "purchase", "op": "between", "value": [1, 2]}, {2}),
    ({"event": "purchase", "op": "not_equals", "value": 1}, {1, 3, 4}),
    ({"event": "purchase", "within": {"days": 30}, "op": "gte", "value": 3}, set()),
    ({"event": "purchase", "within": {"days": 30}, "op": "gte", "value": 2}, {1}),
    ({"event": "purchase", "within": {"from": "2026-03-01", "to": "2026-03-31"}}, {1}),
    ({"event": "view", "within": {"days": 30}}, {2}),
    ({"event": "view"}, {2, 3}),
    ({"event_name": "Quiz Finished"}, {3}),
    ({"event_name": "Quiz Finished", "has": False}, {1, 2, 4}),
    ({"event": "purchase", "measure": "revenue", "op": "gte", "value": "209.99"}, {1}),
    ({"event": "purchase", "measure": "revenue", "op": "lt", "value": 10}, {2, 3, 4}),
    ({"event": "purchase", "measure": "quantity", "op": "equals", "value": 6}, {1}),
    ({"event": "purchase", "measure": "distinct_items", "op": "gte", "value": 3}, {1}),
    ({"event": "purchase", "measure": "last_time", "op": "within_days", "value": 5}, {1, 2}),
    ({"event": "purchase", "measure": "last_time", "op": "older_than_days", "value": 5}, set()),
    ({"event": "purchase", "measure": "last_time", "op": "before", "value": "2026-06-13"}, {1, 2}),
    ({"event": "purchase", "measure": "last_time", "op": "after", "value": "2026-06-13"}, set()),
]
WHERE: list[tuple[list[dict[str, Any]], dict[str, Any], set[int]]] = [
    ([{"field": "category", "op": "equals", "value": "shoes"}], {}, {1}),
    ([{"field": "category", "op": "not_equals", "value": "shoes"}], {}, {1, 2}),
    ([{"field": "item", "op": "any_of", "value": ["hat"]}], {"op": "gte", "value": 1}, {1, 2}),
    (
        # One line must be both; two lines that are one each do not do.
        [
            {"field": "category", "op": "equals", "value": "hats"},
            {"field": "brand", "op": "equals", "value": "zenith"},
        ],
        {},
        set(),
    ),
    (
        [{"field": "category", "op": "equals", "value": "shoes"}],
        {"measure": "revenue", "op": "equals", "value": 200},
        {1},
    ),
    (
        [{"field": "brand", "op": "starts_with", "value": "ac"}],
        {"measure": "quantity", "op": "gte", "value": 5},
        {1},
    ),
    ([{"field": "revenue", "op": "gt", "value": 100}], {}, {1}),
    ([{"field": "revenue", "op": "missing"}], {}, {1}),
]
PROPERTIES: list[tuple[dict[str, Any], dict[str, Any], set[int]]] = [
    ({"event": "view"}, {"field": "property:colour", "op": "equals", "value": "red"}, {2}),
    ({"event": "view"}, {"field": "property:colour", "op": "missing"}, {3}),
    ({"event": "view"}, {"field": "property:stars", "op": "equals", "value": "4"}, {2}),
    ({"event": "view"}, {"field": "property:stars", "op": "gte", "value": 4}, {2}),
    ({"event": "view"}, {"field": "property:colour", "op": "lt", "value": 4}, set()),
    ({"event": "custom"}, {"field": "property:score", "op": "between", "value": [17, 20]}, {3}),
]


@pytest.mark.parametrize(("rule", "found"), CASES)
def test_events__measured__find_the_same_people_on_both_engines(
    rule: dict[str, Any], found: set[int]
) -> None:
    assert both(rule, WORLD) == found


@pytest.mark.parametrize(("rule", "found"), CASES)
def test_has_not__any_measure__is_the_exact_complement(
    rule: dict[str, Any], found: set[int]
) -> None:
    assert both(rule | {"has": not rule.get("has", True)}, WORLD) == EVERYBODY - found


@pytest.mark.parametrize(("where", "test", "found"), WHERE)
def test_filters__on_lines_and_revenue__hold_for_one_line(
    where: list[dict[str, Any]], test: dict[str, Any], found: set[int]
) -> None:
    assert both({"event": "purchase", "where": where} | test, WORLD) == found


@pytest.mark.parametrize(("rule", "part", "found"), PROPERTIES)
def test_filters__on_properties__compare_as_text_or_number(
    rule: dict[str, Any], part: dict[str, Any], found: set[int]
) -> None:
    assert both(rule | {"where": [part]}, WORLD) == found


def test_window__at_its_edges__leaves_the_first_instant_out_and_takes_now_in() -> None:
    events = [happened(1, days_ago=30), happened(2, days_ago=0), happened(3, days_ago=29.999)]
    world = World({1: {}, 2: {}, 3: {}}, events)
    assert both({"event": "purchase", "within": {"days": 30}}, world) == {2, 3}


def test_event__kept_for_another_purpose__is_not_looked_at() -> None:
    events = [happened(1, purposes=1), happened(2, purposes=MARKETING | 1), happened(3, purposes=0)]
    world = World({1: {}, 2: {}, 3: {}}, events)
    assert both({"event": "purchase"}, world) == {2}
