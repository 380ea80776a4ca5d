"""Nodes on one person in memory: the live engine, and the oracle of the other. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Context, Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from profiles.data import Event, Facts, Line
from segments.rules import nodes
from segments.rules.comparison import NEGATIVE, Comparison, Operator
from segments.rules.nodes import AttributeTest, EventTest, Measure, MemberOf, Node, Where

_EXACT = Context(prec=80)
_NUMERIC = re.compile(r"-?[0-9]{1,15}([.][0-9]{1,15})?")


@dataclass(frozen=True)
class Person:
    """One profile's facts, the slugs of the segments it is in, the moment of asking and the mask of
    purposes under which events may be used."""

    facts: Facts
    segments: frozenset[str] | set[str] = field(default_factory=frozenset)
    now: datetime = field(kw_only=True)
    purposes: int = field(kw_only=True)

    @cached_property
    def by_kind(self) -> Mapping[str, Sequence[Event]]:
        """Usable events by their kind."""
        return self._sorted_by("kind")

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[Event]]:
        """Usable events by the sender's name for them."""
        return self._sorted_by("name")

    def _sorted_by(self, trait: str) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        for event in self.facts.events:
            if event.purposes & self.purposes:
                found.setdefault(getattr(event, trait), []).append(event)
        return found


@dataclass(frozen=True, slots=True)
class Measured:
    """What was taken of a person's events: the value (None: no event, for the last time) and the
    ids of the events it rests on."""

    value: Decimal | datetime | None
    event_ids: tuple[UUID, ...]


def holds(node: Node, person: Person) -> bool:
    """Whether the rule is true of this person."""
    match node:
        case AttributeTest(name, test):
            return compare(test, coerce(test, person.facts.attributes.get(name)), person.now)
        case EventTest():
            return compare(node.test, measure(node, person).value, person.now) is node.has
        case MemberOf(segment, inside):
            return (segment in person.segments) is inside
        case nodes.All(parts):
            return all(holds(part, person) for part in parts)
        case nodes.Any(parts):
            return any(holds(part, person) for part in parts)
        case nodes.Not(part):
            return not holds(part, person)


def measure(node: EventTest, person: Person) -> Measured:
    """The aggregate that an event condition compares."""
    pool = person.by_kind.get(node.kind, ()) if node.kind else person.by_name.get(node.name, ())
    matched = [
        (event, lines)
        for event in pool
        if _in_window(node.window, event.timestamp, person.now)
        and (lines := _matching_lines(node.where, event, person.now)) is not None
    ]
    ids = tuple(event.event_id for event, _ in matched)
    if node.measure is Measure.LAST:
        return Measured(max((event.timestamp for event, _ in matched), default=None), ids)
    if node.measure is Measure.COUNT:
        return Measured(Decimal(len(matched)), ids)
    lines = [line for _, some in matched for line in some]
    if node.measure is Measure.ITEMS:
        return Measured(Decimal(len({line.item_id for line in lines if line.item_id})), ids)
    if node.measure is Measure.QUANTITY:
        return Measured(_total(line.quantity for line in lines), ids)
    if node.by_line:
        return Measured(
            _total(_EXACT.multiply(line.price, line.quantity) for line in lines if line.price), ids
        )
    return Measured(_total(event.revenue for event, _ in matched if event.revenue), ids)


def compare(test: Comparison, value: Any, now: datetime) -> bool:
    """One comparison with a value of the kind, or None where the person has none."""
    if value is None:
        return test.operator in NEGATIVE
    return bool(_ASK[test.operator](value, test.value, now))


def coerce(test: Comparison, value: Any) -> Any:
    """An attribute's value in the type comparisons work with; None where it cannot be one, as in
    SQL, where a value of another type does not get through the field's cast."""
    if test.kind == "number":
        return _as_number(value)
    if test.kind == "datetime":
        return value if isinstance(value, datetime) else None
    if test.kind in {"path", "set"}:
        return tuple(value) or None if isinstance(value, (tuple, list, set, frozenset)) else None
    if test.kind == "boolean":
        return value if isinstance(value, bool) else None
    return value if isinstance(value, str) else None


def as_text(value: Any) -> str | None:
    """A property as PostgreSQL's ``->>`` gives it: nested values as jsonb prints them."""
    if value is None or isinstance(value, str):
        return value
    return _as_json(value)


def _as_json(value: Any) -> str:
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{_quote(key)}: {_as_json(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_as_json(part) for part in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return format(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), "f")
    return "null" if value is None else _quote(str(value))


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b"} | {
    "\f": "\\f"
}


def _quote(text: str) -> str:
    escaped = (
        _ESCAPES.get(letter) or (f"\\u{ord(letter):04x}" if letter < " " else letter)
        for letter in text
    )
    return '"' + "".join(escaped) + '"'


def _as_number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


def _in_window(window: nodes.Window, moment: datetime, now: datetime) -> bool:
    if window.days is not None:
        return now - timedelta(days=window.days) < moment <= now
    if window.start is not None and window.end is not None:
        return window.start <= moment < window.end
    return True


def _matching_lines(where: tuple[Where, ...], event: Event, now: datetime) -> Sequence[Line] | None:
    """The lines that pass the filters on lines; None where the event does not match."""
    if not where:
        return event.lines
    by_line = []
    for part in where:
        if part.field in nodes.LINE_FIELDS:
            by_line.append(part)
        elif not compare(part.test, _event_value(part, event), now):
            return None
    lines = [
        line
        for line in event.lines
        if all(compare(part.test, _line_value(part.field, line), now) for part in by_line)
    ]
    return None if by_line and not lines else lines


def _event_value(part: Where, event: Event) -> Any:
    if part.field == "revenue":
        return event.revenue
    text = as_text(event.properties.get(part.field.removeprefix(nodes.PROPERTY)))
    if part.test.kind == "text" or text is None:
        return text
    return Decimal(text) if _NUMERIC.fullmatch(text) else None


def _line_value(name: str, line: Line) -> str:
    if name == "item":
        return line.item_id
    return line.category if name == "category" else line.brand


def _total(amounts: Iterable[Decimal | None]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        if amount is not None:
            total = _EXACT.add(total, amount)
    return total


_ASK: dict[Operator, Any] = {
    Operator.EQUALS: lambda value, bound, now: value == bound,
    Operator.NOT_EQUALS: lambda value, bound, now: value != bound,
    Operator.ANY_OF: lambda value, bound, now: value in bound,
    Operator.CONTAINS: lambda value, bound, now: bound in value,
    Operator.STARTS_WITH: lambda value, bound, now: value.startswith(bound),
    Operator.LESS: lambda value, bound, now: value < bound,
    Operator.AT_MOST: lambda value, bound, now: value <= bound,
    Operator.MORE: lambda value, bound, now: value > bound,
    Operator.AT_LEAST: lambda value, bound, now: value >= bound,
    Operator.BETWEEN: lambda value, bound, now: bound[0] <= value <= bound[1],
    Operator.BEFORE: lambda value, bound, now: value < bound,
    Operator.AFTER: lambda value, bound, now: value > bound,
    Operator.WITHIN_DAYS: lambda value, bound, now: now - timedelta(days=bound) < value <= now,
    Operator.OLDER_THAN_DAYS: lambda value, bound, now: value <= now - timedelta(days=bound),
    Operator.WITHIN: lambda value, bound, now: tuple(value[: len(bound)]) == bound,
    Operator.HAS_ANY: lambda value, bound, now: not set(bound).isdisjoint(value),
    Operator.HAS_ALL: lambda value, bound, now: set(bound) <= set(value),
    Operator.HAS_NONE: lambda value, bound, now: set(bound).isdisjoint(value),
    Operator.EXISTS: lambda value, bound, now: True,
    Operator.MISSING: lambda value, bound, now: False,
}
