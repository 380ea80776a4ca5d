"""Rules to start from, and the choices the builder offers."""

from collections.abc import Iterable, Mapping
from typing import Any

from profiles.data import Field, Module
from segments.rules.comparison import Operator
from segments.rules.nodes import KINDS, Measure
from segments.rules.sentence import DID

STARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "vip": (
        "VIP",
        {
            "all": [
                {"attribute": "behavioural.orders", "op": "gte", "value": 3},
                {"attribute": "behavioural.revenue", "op": "gte", "value": 500},
            ]
        },
    ),
    "at-risk": (
        "At risk",
        {
            "all": [
                {"attribute": "behavioural.orders", "op": "gte", "value": 2},
                {"attribute": "behavioural.last_order_at", "op": "older_than_days", "value": 90},
            ]
        },
    ),
    "new-this-month": (
        "New this month",
        {"all": [{"attribute": "behavioural.first_seen_at", "op": "within_days", "value": 30}]},
    ),
    "cart-without-order": (
        "Cart without order",
        {
            "all": [
                {"event": "add", "within": {"days": 7}},
                {"event": "purchase", "has": False, "within": {"days": 7}},
            ]
        },
    ),
    "lapsed": (
        "Lapsed",
        {
            "all": [
                {"attribute": "behavioural.orders", "op": "gte", "value": 1},
                {"attribute": "behavioural.last_seen_at", "op": "older_than_days", "value": 180},
            ]
        },
    ),
}
"""Name and rule, by the word in the address."""

OPERATOR_WORDS = {
    Operator.EQUALS: "is",
    Operator.NOT_EQUALS: "is not",
    Operator.ANY_OF: "is one of (commas between)",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.LESS: "less than",
    Operator.AT_MOST: "at most",
    Operator.MORE: "more than",
    Operator.AT_LEAST: "at least",
    Operator.BETWEEN: "between",
    Operator.BEFORE: "before",
    Operator.AFTER: "after",
    Operator.WITHIN_DAYS: "within the last … days",
    Operator.OLDER_THAN_DAYS: "more than … days ago",
    Operator.WITHIN: "is within (Country > Region > City)",
    Operator.HAS_ANY: "has any of (commas between)",
    Operator.HAS_ALL: "has all of (commas between)",
    Operator.HAS_NONE: "has none of (commas between)",
    Operator.EXISTS: "is known",
    Operator.MISSING: "is not known",
}
JOINS = [("all", "all of these hold"), ("any", "any of these holds"), ("none", "none holds")]
HAS = [("yes", "has"), ("no", "has not")]
IN = [("yes", "is in"), ("no", "is not in")]
WINDOWS = [("days", "in the last … days"), ("dates", "between dates"), ("all", "at any time")]
YES = [("yes", "yes"), ("no", "no")]
MEASURES = [
    (str(Measure.COUNT), "number of times"),
    (str(Measure.ITEMS), "different items"),
    (str(Measure.REVENUE), "revenue in all"),
    (str(Measure.QUANTITY), "pieces in all"),
    (str(Measure.LAST), "last time"),
]
WHERE_FIELDS = [
    ("category", "category"),
    ("item", "item"),
    ("brand", "brand"),
    ("revenue", "revenue"),
    ("property", "property named…"),
]
EVENTS = [*((kind, DID[kind]) for kind in KINDS), ("name", "did the event named…")]
_MODULES = {
    Module.BEHAVIOURAL: "What they did",
    Module.CORE: "Who they are",
    Module.CONTEXTUAL: "How they visit",
    Module.INFERRED: "What was inferred",
}


def attribute_groups(fields: Mapping[str, Field]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Attributes for a select with groups, by module."""
    return [
        (
            title,
            sorted(((f.name, f.title) for f in fields.values() if f.module is module), key=_title),
        )
        for module, title in _MODULES.items()
        if any(field.module is module for field in fields.values())
    ]


def operators(found: Iterable[Operator]) -> list[tuple[str, str]]:
    """Operators for a select."""
    return [(str(operator), OPERATOR_WORDS[operator]) for operator in found]


def _title(pair: tuple[str, str]) -> str:
    return pair[1].lower()
