"""The law: whatever the rule and whoever the people, both engines find the same."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from profiles.data import Event, Line
from segments.rules.comparison import OPERATORS, Operator
from segments.rules.parse import parse, unparse
from segments.rules.sentence import sentence
from tests.spec.engines import FIELDS, NOW, SPACE, World, both, happened

pytestmark = pytest.mark.django_db

WORDS = st.sampled_from(
    ["a", "ab", "b", "A", "ä", "日本", "a%b", "a_b", "\\", "'", "{x}", "1", "02"]
)
NUMBERS = st.decimals(-5, 5, places=2) | st.integers(-3, 3).map(Decimal)
MOMENTS = st.floats(-2, 60, allow_nan=False).map(
    lambda days: (NOW - timedelta(days=round(days, 3))).replace(microsecond=0)
)
DAYS = st.integers(1, 60)
VALUES = {
    "text": WORDS,
    "number": NUMBERS.map(str),
    "datetime": MOMENTS.map(lambda moment: moment.isoformat()),
    "boolean": st.booleans(),
}


@st.composite
def comparisons(draw: st.DrawFn, kind: str, *, there: bool = True) -> dict[str, Any]:
    choices = OPERATORS[kind] if there else OPERATORS[kind][:-2]  # type: ignore[index]
    operator = draw(st.sampled_from(choices))
    if operator in {Operator.EXISTS, Operator.MISSING}:
        return {"op": str(operator)}
    if operator in {Operator.WITHIN_DAYS, Operator.OLDER_THAN_DAYS}:
        return {"op": str(operator), "value": draw(DAYS)}
    if operator is Operator.BETWEEN:
        ends = {"number": NUMBERS, "datetime": MOMENTS}[kind]
        low, high = sorted([draw(ends), draw(ends)])  # type: ignore[type-var]
        plain = str if kind == "number" else lambda moment: moment.isoformat()
        return {"op": "between", "value": [plain(low), plain(high)]}
    if operator in {Operator.ANY_OF, Operator.WITHIN} or kind == "set":
        return {"op": str(operator), "value": draw(st.lists(WORDS, min_size=1, max_size=3))}
    return {"op": str(operator), "value": draw(VALUES[kind])}


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(sorted(FIELDS)))
    return {"attribute": field, **draw(comparisons(FIELDS[field].kind))}


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(["item", "category", "brand", "revenue", "property:p"]))
    if field == "revenue":
        return {"field": field, **draw(comparisons("number"))}
    if field == "property:p" and draw(st.booleans()):
        number = st.sampled_from(["lt", "lte", "gt", "gte"])
        return {"field": field, "op": draw(number), "value": str(draw(NUMBERS))}
    return {"field": field, **draw(comparisons("text", there=field == "property:p"))}


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    measure = draw(st.sampled_from(["count", "distinct_items", "revenue", "quantity", "last_time"]))
    kind = "datetime" if measure == "last_time" else "number"
    rule: dict[str, Any] = draw(
        st.sampled_from([{"event": "purchase"}, {"event": "view"}, {"event_name": "ä"}])
    )
    rule = rule | {"measure": measure, "has": draw(st.booleans())}
    rule |= draw(comparisons(kind, there=False))
    if draw(st.booleans()):
        rule["within"] = {"days": draw(DAYS)}
    rule["where"] = draw(st.lists(filters(), max_size=2))
    return rule


LEAVES = (
    attributes()
    | events()
    | st.builds(
        lambda slug, inside: {"segment": slug, "in": inside},
        st.sampled_from(["one", "two"]),
        st.booleans(),
    )
)


def _groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    negated = inner.filter(lambda rule: "not" not in rule).map(lambda rule: {"not": rule})
    return st.builds(
        lambda word, parts: {word: parts},
        st.sampled_from(["all", "any"]),
        st.lists(inner | negated, min_size=1, max_size=3),
    )


PARTS = st.recursive(LEAVES, _groups, max_leaves=4)

LINES = st.lists(
    st.builds(
        Line,
        item_id=st.sampled_from(["", "a", "b"]),
        quantity=st.integers(-2, 3).map(Decimal),
        price=st.none() | st.decimals(0, 9, places=2),
        category=WORDS,
        brand=WORDS,
    ),
    max_size=3,
)
PLAIN = st.none() | WORDS | st.integers(-3, 3) | st.booleans() | st.floats(-9, 9, allow_nan=False)
NESTED = st.lists(PLAIN, max_size=2) | st.dictionaries(WORDS, PLAIN, max_size=2)
PROPERTIES = st.fixed_dictionaries({}, optional={"p": PLAIN | NESTED})
PEOPLE = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS,
        "orders": NUMBERS,
        "joined": MOMENTS,
        "vip": st.booleans(),
        "place": st.lists(WORDS, max_size=3),
        "tags": st.lists(WORDS, max_size=3),
    },
)


@st.composite
def events_of_people(draw: st.DrawFn) -> Event:
    return happened(
        draw(st.integers(1, 3)),
        draw(st.sampled_from(["purchase", "view"])),
        days_ago=draw(st.integers(-1, 60)) + draw(st.sampled_from([0, 0.5])),
        lines=draw(LINES),
        name=draw(st.sampled_from(["", "ä"])),
        purposes=draw(st.sampled_from([0, 1, 8, 15])),
        revenue=draw(st.none() | st.decimals(-5, 99, places=2)),
        properties=draw(PROPERTIES),
    )


WORLDS = st.builds(
    World,
    st.tuples(PEOPLE, PEOPLE, PEOPLE).map(lambda known: dict(enumerate(known, 1))),
    st.lists(events_of_people(), max_size=6),
    st.fixed_dictionaries({"one": st.just([1]), "two": st.just([])}),
)


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rule=PARTS, world=WORLDS)
@example(
    rule={"event": "purchase", "where": [{"field": "property:p", "op": "equals", "value": "1"}]},
    world=World({1: {}}, [happened(1, properties={"p": 1})]),
)
def test_engines__any_rule_and_any_people__find_the_same(rule: Any, world: World) -> None:
    found = both(rule, world)
    assert found <= set(world.people)
    node = parse(rule, FIELDS)
    assert parse(unparse(node), FIELDS) == node
    assert sentence(node, FIELDS).startswith("People ")


def test_space__of_the_tests__is_fixed() -> None:
    """Ids must not change between runs, or failing examples could not be replayed."""
    assert str(SPACE) == "00000000-0000-5000-8000-000000000000"
