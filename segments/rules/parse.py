"""JSON ↔ nodes. A fault names the place (``rule.all[2].value``), a code and what to do. Pure.

The JSON form is described in docs/guides/segments.md.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from profiles.data import Field, FieldKind
from segments.rules import nodes
from segments.rules.comparison import DAYS, LISTS, NO_VALUE, Comparison, Operator, RuleFault, Value
from segments.rules.nodes import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    AttributeTest,
    EventTest,
    Measure,
    MemberOf,
    Node,
    Where,
    Window,
)

PATH_SEPARATOR = " > "
_DIGITS = re.compile(r"[0-9]{1,5}")


def parse(rule: object, fields: Mapping[str, Field]) -> Node:
    """The rule as nodes. ``fields`` are those of the profiles' surface: they tell what an attribute
    can be compared with. Raises :class:`RuleFault`."""
    try:
        node = _Reader(fields).node(rule, 0)
        nodes.check_size(node)
    except RuleFault as fault:
        raise fault.within("rule") from None
    return node


class _Reader:
    """Reads one rule; counts its conditions, so that a hostile one is left early."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self.fields, self.conditions = fields, 0

    def node(self, raw: object, depth: int) -> Node:
        data = _object(raw)
        shape = [key for key in _SHAPES if key in data]
        if len(shape) != 1:
            raise RuleFault(
                "unknown_condition",
                "A condition is an object with one of: all, any, not, attribute, event, "
                "event_name, segment.",
            )
        _only(data, shape[0], *_SHAPES[shape[0]])
        if shape[0] in {"all", "any"}:
            return self.group(data, shape[0], depth + 1)
        if shape[0] == "not":
            return nodes.Not(_at("not", self.node, data["not"], depth))
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            raise RuleFault("too_many_conditions", f"Use at most {MAX_CONDITIONS} conditions.")
        leaf: dict[str, Callable[[dict[str, Any]], Node]] = {
            "attribute": self.attribute,
            "segment": _member,
        }
        return leaf.get(shape[0], _event)(data)

    def group(self, data: dict[str, Any], key: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise RuleFault("too_deep", f"Groups may be nested {MAX_DEPTH} deep. Use fewer.")
        raw = data[key]
        if not isinstance(raw, list):
            raise RuleFault("not_a_list", "Give a list of conditions.", key)
        parts = tuple(
            _at(f"{key}[{index}]", self.node, part, depth) for index, part in enumerate(raw)
        )
        return nodes.All(parts) if key == "all" else nodes.Any(parts)

    def attribute(self, data: dict[str, Any]) -> Node:
        name = data["attribute"]
        field = self.fields.get(name) if isinstance(name, str) else None
        if field is None:
            raise RuleFault(
                "unknown_attribute",
                "No attribute has this name. Choose one of the list.",
                "attribute",
            )
        return AttributeTest(field.name, _comparison(data, field.kind))


def _member(data: dict[str, Any]) -> Node:
    inside = data.get("in", True)
    if not isinstance(inside, bool):
        raise RuleFault("yes_or_no", "Give true or false.", "in")
    return MemberOf(data["segment"], inside)


def _event(data: dict[str, Any]) -> Node:
    try:
        measure = Measure(data.get("measure", "count"))
    except ValueError:
        allowed = ", ".join(Measure)
        raise RuleFault("unknown_measure", f"Use one of: {allowed}.", "measure") from None
    has = data.get("has", True)
    if not isinstance(has, bool):
        raise RuleFault("yes_or_no", "Give true or false.", "has")
    if measure is Measure.COUNT and "op" not in data and "value" not in data:
        data = data | {"op": "gte", "value": 1}
    for key in ("event", "event_name"):
        if key in data and not isinstance(data[key], str):
            raise RuleFault("text", "Give the event as a text.", key)
    return EventTest(
        test=_comparison(data, "datetime" if measure is Measure.LAST else "number"),
        kind=data.get("event", ""),
        name=data.get("event_name", ""),
        measure=measure,
        window=_at("within", _window, data.get("within")),
        where=_filters(data.get("where", [])),
        has=has,
    )


def _filters(raw: object) -> tuple[Where, ...]:
    if not isinstance(raw, list):
        raise RuleFault("not_a_list", "Give a list of filters.", "where")
    return tuple(_at(f"where[{index}]", _filter, part) for index, part in enumerate(raw))


def _filter(raw: object) -> Where:
    data = _object(raw)
    _only(data, "field", "op", "value")
    field = data.get("field")
    if not isinstance(field, str):
        raise RuleFault("unknown_filter", "Name the field to filter by.", "field")
    numeric = {"lt", "lte", "gt", "gte", "between"}
    by_number = field == "revenue" or (
        field.startswith(nodes.PROPERTY) and data.get("op") in numeric
    )
    return Where(field, _comparison(data, "number" if by_number else "text"))


def _window(raw: object) -> Window:
    if raw is None:
        return Window()
    data = _object(raw)
    _only(data, "days", "from", "to")
    days = data.get("days")
    if days is not None and not isinstance(days, int):
        raise RuleFault("days", "Give a whole number of days.", "days")
    start = _at("from", _time, data["from"]) if "from" in data else None
    end = _at("to", _time, data["to"]) if "to" in data else None
    return Window(days, start, end)


def _comparison(data: dict[str, Any], kind: FieldKind) -> Comparison:
    try:
        operator = Operator(data.get("op", ""))
    except ValueError:
        raise RuleFault("unknown_operator", f"Use one of: {', '.join(Operator)}.", "op") from None
    return Comparison(kind, operator, _at("value", _value, data.get("value"), kind, operator))


def _value(raw: object, kind: FieldKind, operator: Operator) -> Value:
    """The JSON value in the type that ``Comparison`` checks; what it cannot be is left as it is."""
    if operator in NO_VALUE or raw is None:
        return raw
    if operator in DAYS:
        return int(raw) if isinstance(raw, str) and _DIGITS.fullmatch(raw) else raw
    if operator is Operator.WITHIN and isinstance(raw, str):
        raw = raw.split(PATH_SEPARATOR)
    if operator in LISTS or operator is Operator.BETWEEN:
        if not isinstance(raw, list):
            raise RuleFault("not_a_list", "Give a list of values.")
        if operator in LISTS:
            return tuple(raw)
        return tuple(_at(f"[{n}]", _single, part, kind) for n, part in enumerate(raw))
    return _single(raw, kind)


def _single(raw: object, kind: FieldKind) -> Any:
    if kind == "number":
        return _number(raw)
    if kind == "datetime":
        return _time(raw)
    return raw


def _number(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)) or len(str(raw)) > 40:
        raise RuleFault("number", "Give a number.")
    try:
        number = Decimal(str(raw).strip())
    except InvalidOperation:
        raise RuleFault("number", "Give a number.") from None
    return number


def _time(raw: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(raw)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise RuleFault("time", "Give a date or time, such as 2026-01-31.") from None


_TEST = ("op", "value")
_DONE = (*_TEST, "measure", "within", "where", "has")
_SHAPES: dict[str, tuple[str, ...]] = {
    "all": (),
    "any": (),
    "not": (),
    "attribute": _TEST,
    "event": _DONE,
    "event_name": _DONE,
    "segment": ("in",),
}


def _at(path: str, read: Callable[..., Any], *raw: Any) -> Any:
    """Call ``read`` and let a fault in it name where it happened."""
    try:
        return read(*raw)
    except RuleFault as fault:
        raise fault.within(path) from None


def _object(raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise RuleFault("not_an_object", "Give an object.")
    return raw


def _only(data: dict[str, Any], *known: str) -> None:
    for key in data:
        if key not in known:
            raise RuleFault(
                "unknown_key", f"Take this key away. Known: {', '.join(known)}.", str(key)[:60]
            )


def unparse(node: Node) -> dict[str, Any]:
    """The node as the JSON that :func:`parse` reads back to an equal node."""
    match node:
        case nodes.All(parts):
            return {"all": [unparse(part) for part in parts]}
        case nodes.Any(parts):
            return {"any": [unparse(part) for part in parts]}
        case nodes.Not(part):
            return {"not": unparse(part)}
        case MemberOf(segment, inside):
            return {"segment": segment, "in": inside}
        case AttributeTest(field, test):
            return {"attribute": field, **_plain(test)}
        case EventTest():
            return _plain_event(node)


def _plain_event(node: EventTest) -> dict[str, Any]:
    data: dict[str, Any] = {"event": node.kind} if node.kind else {"event_name": node.name}
    data |= {"has": node.has, "measure": str(node.measure), **_plain(node.test)}
    if node.window.days:
        data["within"] = {"days": node.window.days}
    elif node.window.start and node.window.end:
        data["within"] = {
            "from": node.window.start.isoformat(),
            "to": node.window.end.isoformat(),
        }
    if node.where:
        data["where"] = [{"field": part.field, **_plain(part.test)} for part in node.where]
    return data


def _plain(test: Comparison) -> dict[str, Any]:
    if test.operator in NO_VALUE:
        return {"op": str(test.operator)}
    return {"op": str(test.operator), "value": _plain_value(test.value)}


def _plain_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain_value(part) for part in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else format(value, "f")
    return value.isoformat() if isinstance(value, datetime) else value
