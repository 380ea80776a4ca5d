"""What conditions on attributes mean."""

from typing import Any

import pytest

from tests.spec.engines import World, both, drawn

pytestmark = pytest.mark.django_db

PEOPLE = """
who | name     | orders | joined       | vip | place                     | tags
1   | Ann      | 3      | 2 days ago   | yes | Germany > Bavaria > Munich | red, blue
2   | Bob      | 0      | 30 days ago  | no  | Germany                   | red
3   | Annabel  | 12.5   | 31 days ago  |     | France > Paris            | green
4   |          |        |              |     |                           |
5   | ann      | -1     | -1 days ago  | no  | Germany > Hesse           | blue, green
"""

CASES: list[tuple[str, str, Any, set[int]]] = [
    ("name", "equals", "Ann", {1}),
    ("name", "not_equals", "Ann", {2, 3, 4, 5}),
    ("name", "any_of", ["Ann", "Bob", "Zoe"], {1, 2}),
    ("name", "contains", "nn", {1, 3, 5}),
    ("name", "starts_with", "Ann", {1, 3}),
    ("name", "exists", None, {1, 2, 3, 5}),
    ("name", "missing", None, {4}),
    ("orders", "gte", 3, {1, 3}),
    ("orders", "gt", 3, {3}),
    ("orders", "lt", 3, {2, 5}),
    ("orders", "lte", "0", {2, 5}),
    ("orders", "equals", 12.5, {3}),
    ("orders", "not_equals", 0, {1, 3, 4, 5}),
    ("orders", "between", [0, 3], {1, 2}),
    ("joined", "within_days", 30, {1}),
    ("joined", "older_than_days", 30, {2, 3}),
    ("joined", "before", "2026-06-01", {2, 3}),
    ("joined", "after", "2026-06-15", {5}),
    ("joined", "between", ["2026-05-16", "2026-06-14"], {1, 2}),
    ("vip", "equals", True, {1}),
    ("vip", "equals", False, {2, 5}),
    ("vip", "missing", None, {3, 4}),
    ("place", "within", "Germany", {1, 2, 5}),
    ("place", "within", ["Germany", "Bavaria"], {1}),
    ("place", "within", "Bavaria", set()),
    ("place", "missing", None, {4}),
    ("tags", "has_any", ["red", "green"], {1, 2, 3, 5}),
    ("tags", "has_all", ["red", "blue"], {1}),
    ("tags", "has_none", ["red"], {3, 4, 5}),
]


@pytest.mark.parametrize(("field", "op", "value", "found"), CASES)
def test_attribute__compared__finds_the_same_people_on_both_engines(
    field: str, op: str, value: Any, found: set[int]
) -> None:
    rule = {"attribute": field, "op": op} | ({} if value is None else {"value": value})
    assert both(rule, World(drawn(PEOPLE))) == found


@pytest.mark.parametrize(("field", "op", "value", "found"), CASES)
def test_not__around_any_condition__is_its_exact_complement(
    field: str, op: str, value: Any, found: set[int]
) -> None:
    rule = {"attribute": field, "op": op} | ({} if value is None else {"value": value})
    assert both({"not": rule}, World(drawn(PEOPLE))) == {1, 2, 3, 4, 5} - found


def test_groups__nested__hold_as_their_brackets_say() -> None:
    rule = {
        "all": [
            {"attribute": "place", "op": "within", "value": "Germany"},
            {
                "any": [
                    {"attribute": "orders", "op": "gte", "value": 3},
                    {"not": {"attribute": "vip", "op": "equals", "value": False}},
                    {"attribute": "name", "op": "equals", "value": "ann"},
                ]
            },
        ]
    }
    assert both(rule, World(drawn(PEOPLE))) == {1, 5}


def test_member_of__other_segment__follows_its_present_members() -> None:
    world = World(drawn(PEOPLE), inside={"loyal": [1, 3]})
    assert both({"segment": "loyal"}, world) == {1, 3}
    assert both({"segment": "loyal", "in": False}, world) == {2, 4, 5}
    assert both({"segment": "nobody-knows-it"}, world) == set()
