"""Rules as JSON: what is refused, where and by which code."""

import json
from pathlib import Path
from typing import Any

import pytest

from segments.rules import graph
from segments.rules.comparison import RuleFault
from segments.rules.parse import parse
from segments.rules.sentence import sentence
from tests.spec.engines import FIELDS

NAME = {"attribute": "name", "op": "equals", "value": "Ann"}
ORDERS = {"attribute": "orders", "op": "gte", "value": 3}
NAUGHTY = Path(__file__).parents[3] / "shared/data/naughty_strings"


def deep(levels: int) -> Any:
    rule: Any = NAME
    for _ in range(levels):
        rule = {"all": [rule]}
    return rule


FAULTS: list[tuple[Any, str, str]] = [
    (None, "rule", "not_an_object"),
    ([], "rule", "not_an_object"),
    ({}, "rule", "unknown_condition"),
    ({"all": [], "any": []}, "rule", "unknown_condition"),
    ({"all": []}, "rule", "empty_group"),
    ({"all": NAME}, "rule.all", "not_a_list"),
    ({"all": [NAME, NAME, ORDERS | {"value": "three"}]}, "rule.all[2].value", "number"),
    ({"any": [{"not": {"not": NAME}}]}, "rule.any[0].not", "double_not"),
    (NAME | {"attribute": "shoe_size"}, "rule.attribute", "unknown_attribute"),
    (NAME | {"attribute": ["name"]}, "rule.attribute", "unknown_attribute"),
    (NAME | {"op": "like"}, "rule.op", "unknown_operator"),
    (NAME | {"op": ["equals"]}, "rule.op", "unknown_operator"),
    (NAME | {"op": "gte"}, "rule.op", "operator_not_for_kind"),
    (NAME | {"value": 5}, "rule.value", "text"),
    (NAME | {"value": ""}, "rule.value", "text"),
    (NAME | {"value": "a\0b"}, "rule.value", "text"),
    (NAME | {"value": "\ud800"}, "rule.value", "text"),
    (NAME | {"value": "x" * 201}, "rule.value", "text"),
    (NAME | {"vlaue": 1}, "rule.vlaue", "unknown_key"),
    (NAME | {"op": "any_of", "value": ["a", 1]}, "rule.value[1]", "text"),
    (NAME | {"op": "exists", "value": "a"}, "rule.value", "value_not_needed"),
    (ORDERS | {"value": True}, "rule.value", "number"),
    (ORDERS | {"value": float("nan")}, "rule.value", "number"),
    (ORDERS | {"value": "1e99"}, "rule.value", "number"),
    (ORDERS | {"op": "between", "value": [1]}, "rule.value", "two_values"),
    (ORDERS | {"op": "between", "value": [1, "x"]}, "rule.value[1]", "number"),
    (ORDERS | {"op": "between", "value": [2, 1]}, "rule.value", "ends_swapped"),
    ({"attribute": "joined", "op": "before", "value": "soon"}, "rule.value", "time"),
    ({"attribute": "joined", "op": "within_days", "value": 0}, "rule.value", "days"),
    ({"attribute": "joined", "op": "within_days", "value": True}, "rule.value", "days"),
    ({"attribute": "vip", "op": "equals", "value": "yes"}, "rule.value", "yes_or_no"),
    ({"event": "danced"}, "rule.event", "unknown_event"),
    ({"event": 5}, "rule.event", "text"),
    ({"event": "purchase", "has": "no"}, "rule.has", "yes_or_no"),
    ({"event": "purchase", "measure": "average"}, "rule.measure", "unknown_measure"),
    ({"event": "purchase", "within": {"days": 9999}}, "rule.within.days", "days"),
    ({"event": "purchase", "within": {"from": "2026-01-01"}}, "rule.within", "window"),
    ({"event": "purchase", "within": {"from": "x", "to": "y"}}, "rule.within.from", "time"),
    ({"event": "purchase", "where": [{"field": "size"}]}, "rule.where[0].op", "unknown_operator"),
    (
        {"event": "purchase", "where": [{"field": "size", "op": "equals", "value": "x"}]},
        "rule.where[0].field",
        "unknown_filter",
    ),
    ({"segment": 5}, "rule.segment", "text"),
    ({"segment": "a", "in": 1}, "rule.in", "yes_or_no"),
    (deep(4), "rule.all[0].all[0].all[0]", "too_deep"),
    (deep(900), "rule.all[0].all[0].all[0]", "too_deep"),
    ({"all": [NAME] * 500}, "rule.all[50]", "too_many_conditions"),
]


@pytest.mark.parametrize(("rule", "path", "code"), FAULTS)
def test_rule__faulty__is_refused_with_its_place_and_code(rule: Any, path: str, code: str) -> None:
    with pytest.raises(RuleFault) as caught:
        parse(rule, FIELDS)
    assert (caught.value.path, caught.value.code) == (path, code)
    assert str(caught.value).endswith(".")


def test_rule__at_its_limits__is_taken() -> None:
    assert parse(deep(3), FIELDS)
    assert parse({"all": [NAME] * 50}, FIELDS)


@pytest.mark.skipif(not NAUGHTY.is_dir(), reason="the corpus of naughty strings is not here")
def test_rule__with_naughty_strings_anywhere__is_taken_or_refused_by_a_sentence() -> None:
    strings = json.loads(next(NAUGHTY.rglob("blns.json")).read_text())
    assert len(strings) > 400
    for text in strings:
        for rule in (
            NAME | {"value": text},
            NAME | {"attribute": text},
            ORDERS | {"value": text},
            {"attribute": "joined", "op": "before", "value": text},
            {"event_name": text},
            {"segment": text},
            {text: [NAME]},
        ):
            assert _answered(rule)


def _answered(rule: Any) -> bool:
    try:
        return sentence(parse(rule, FIELDS), FIELDS).startswith("People ")
    except RuleFault as fault:
        return fault.path.startswith("rule")


def test_cycle__through_others__is_refused_and_said() -> None:
    with pytest.raises(RuleFault) as caught:
        graph.check_no_cycle("a", {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set()})
    assert caught.value.code == "cycle"
    assert "a → b → c → a" in str(caught.value)


def test_order__of_segments__puts_each_after_those_it_asks_about() -> None:
    needs = {"a": {"c"}, "b": set(), "c": {"b", "elsewhere"}, "x": {"y"}, "y": {"x"}}
    assert graph.in_order(needs) == ["b", "c", "a", "x", "y"]


SENTENCES = [
    (NAME, "People whose “Name” is Ann."),
    (
        {
            "all": [
                ORDERS,
                {
                    "event": "purchase",
                    "op": "gte",
                    "value": 3,
                    "within": {"days": 90},
                    "where": [{"field": "category", "op": "equals", "value": "shoes"}],
                },
            ]
        },
        "People whose “Orders” is at least 3 and who placed an order at least 3 times in the last"
        " 90 days where category is shoes.",
    ),
    ({"event": "review", "has": False}, "People who have not written a review."),
    ({"not": {"segment": "vip"}}, "People for whom it is not true that they are people who are in"
     " “Very important”."),
    (
        {"event": "purchase", "measure": "revenue", "op": "gt", "value": 1000.5},
        "People who placed an order, with revenue of more than 1,000.5 in all.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "said"), SENTENCES)
def test_sentence__of_a_rule__reads_as_people_speak(rule: Any, said: str) -> None:
    assert sentence(parse(rule, FIELDS), FIELDS, {"vip": "Very important"}) == said
