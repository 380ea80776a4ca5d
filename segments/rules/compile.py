"""Nodes → SQL: the set engine. Pure; every value is a bound parameter.

An event condition becomes a sub-select of the profiles that meet it, grouped once, so that the
index on (kind, time, profile) answers it; asking per profile is ten times slower. A condition that
also holds for people without any event is turned into the complement of its opposite.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from profiles.data import Surface
from segments.rules import nodes
from segments.rules.comparison import DAYS, Comparison, Operator, RuleFault
from segments.rules.evaluate import compare
from segments.rules.nodes import EventTest, Measure, MemberOf, Node, Where

MEMBERS = (
    "SELECT m.profile_id FROM segments_membership m JOIN segments_segment s ON s.id = m.segment_id"
    " WHERE s.slug = {slug} AND m.until IS NULL"
)
NUMERIC = "^-?[0-9]{1,15}([.][0-9]{1,15})?$"
"""Texts that are taken for numbers, on both engines."""

_SINGLE = {
    Operator.EQUALS: "{value} = {bound}",
    Operator.LESS: "{value} < {bound}",
    Operator.AT_MOST: "{value} <= {bound}",
    Operator.MORE: "{value} > {bound}",
    Operator.AT_LEAST: "{value} >= {bound}",
    Operator.BEFORE: "{value} < {bound}",
    Operator.AFTER: "{value} > {bound}",
    Operator.CONTAINS: "strpos({value}, {bound}::text) > 0",
    Operator.STARTS_WITH: "starts_with({value}, {bound}::text)",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A condition over the surface's joins, with its parameters by name."""

    condition: str
    params: Mapping[str, Any]
    surface: Surface

    def select(self, also: str = "TRUE", columns: str = "") -> str:
        """A SELECT of the profile ids (and ``columns``) of living profiles that meet the rule and
        ``also``, both expressions over the surface's joins."""
        surface = self.surface
        return (
            f"SELECT {surface.profile_id} AS profile_id{columns} FROM {surface.joins} "  # noqa: S608
            f"WHERE ({surface.current}) AND ({also}) AND {self.condition}"
        )


def compile_rule(node: Node, surface: Surface, *, now: datetime, purposes: int) -> Compiled:
    """``node`` as SQL at the moment ``now``, over events usable under one of ``purposes`` (a mask).
    Raises :class:`RuleFault` where the rule asks for an attribute that is gone."""
    writer = _Writer(surface, now, purposes)
    return Compiled(writer.node(node), writer.params, surface)


class _Writer:
    def __init__(self, surface: Surface, now: datetime, purposes: int) -> None:
        self.surface, self.now = surface, now
        self.params: dict[str, Any] = {}
        self.mask = self.bind(purposes)

    def bind(self, value: Any) -> str:
        """Bind ``value`` and return its place in the text."""
        name = f"r{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"

    def node(self, node: Node) -> str:
        match node:
            case nodes.All(parts):
                return "(" + " AND ".join(self.node(part) for part in parts) + ")"
            case nodes.Any(parts):
                return "(" + " OR ".join(self.node(part) for part in parts) + ")"
            case nodes.Not(part):
                return f"(NOT {self.node(part)})"
            case MemberOf(segment, inside):
                found = self.among(MEMBERS.format(slug=self.bind(segment)))
                return found if inside else f"(NOT {found})"
            case EventTest():
                return self.event(node)
            case nodes.AttributeTest(name, test):
                return self.attribute(name, test)

    def attribute(self, name: str, test: Comparison) -> str:
        field = self.surface.fields.get(name)
        if field is None or field.kind != test.kind:
            raise RuleFault("unknown_attribute", f"The attribute {name} is gone or has changed.")
        cast = "::text[]" if test.kind in {"path", "set"} else ""
        return self.compare(test, f"({field.sql}){cast}")

    def among(self, query: str) -> str:
        return f"({self.surface.profile_id} IN ({query}))"

    def event(self, node: EventTest) -> str:
        nothing = None if node.measure is Measure.LAST else Decimal(0)
        wanted = node.has
        test = node.test
        if compare(test, nothing, self.now):
            found, wanted = self.happened(node, test, opposite=True), not wanted
        else:
            found = self.happened(node, test, opposite=False)
        return found if wanted else f"(NOT {found})"

    def happened(self, node: EventTest, test: Comparison, *, opposite: bool) -> str:
        events = self.surface.events
        lines = [part for part in node.where if part.field in nodes.LINE_FIELDS]
        where = [
            f"{events.profile_id} IS NOT NULL",
            f"({events.purposes} & {self.mask}) <> 0",
            f"{events.kind} = {self.bind(node.kind)}"
            if node.kind
            else f"{events.name} = {self.bind(node.name)}",
            *self.window(node.window),
            *(self.filter(part) for part in node.where if part not in lines),
        ]
        source = f"{events.table} e"
        unnested = (
            f"unnest({events.items}, {events.categories}, {events.brands}, {events.quantities},"
            f" {events.prices}) AS l(item, category, brand, quantity, price)"
        )
        if node.by_line:
            source = f"{source} CROSS JOIN LATERAL {unnested}"
            where += [self.filter(part) for part in lines]
        elif lines:
            inner = " AND ".join(self.filter(part) for part in lines)
            where.append(f"EXISTS (SELECT 1 FROM {unnested} WHERE {inner})")  # noqa: S608
        held = self.compare(test, self.measured(node))
        return self.among(
            f"SELECT {events.profile_id} FROM {source} WHERE {' AND '.join(where)} "  # noqa: S608
            f"GROUP BY {events.profile_id} HAVING {'NOT ' if opposite else ''}{held}"
        )

    def measured(self, node: EventTest) -> str:
        events = self.surface.events
        if node.measure is Measure.LAST:
            return f"max({events.timestamp})"
        if node.measure is Measure.ITEMS:
            return "count(DISTINCT NULLIF(l.item, ''))"
        if node.measure is Measure.QUANTITY:
            return "sum(l.quantity)"
        if node.measure is Measure.REVENUE:
            amount = "l.price * l.quantity" if node.by_line else events.revenue
            return f"COALESCE(sum({amount}), 0)"
        return "count(*)"

    def window(self, window: nodes.Window) -> list[str]:
        moment = self.surface.events.timestamp
        if window.days is not None:
            start = self.bind(self.now - timedelta(days=window.days))
            return [f"{moment} > {start}", f"{moment} <= {self.bind(self.now)}"]
        if window.start is not None:
            return [f"{moment} >= {self.bind(window.start)}", f"{moment} < {self.bind(window.end)}"]
        return []

    def filter(self, part: Where) -> str:
        events = self.surface.events
        if part.field == "revenue":
            return self.compare(part.test, events.revenue)
        if part.field in nodes.LINE_FIELDS:
            return self.compare(part.test, f"l.{part.field}")
        key = self.bind(part.field.removeprefix(nodes.PROPERTY))
        text = f"({events.prop.replace('{key}', key)})"
        if part.test.kind == "number":
            text = f"(CASE WHEN {text} ~ {self.bind(NUMERIC)} THEN {text}::numeric END)"
        return self.compare(part.test, text)

    def compare(self, test: Comparison, value: str) -> str:
        """A condition that is never NULL: a missing value counts as in ``evaluate.compare``."""
        operator = test.operator
        if operator is Operator.NOT_EQUALS:
            return f"({value} IS DISTINCT FROM {self.bind(test.value)})"
        if operator in {Operator.EXISTS, Operator.MISSING}:
            there = f"{value} IS NOT NULL"
            if test.kind in {"path", "set"}:
                there = f"COALESCE(cardinality({value}), 0) > 0"
            return f"({there})" if operator is Operator.EXISTS else f"(NOT ({there}))"
        if operator is Operator.HAS_NONE:
            overlap = self.compare(replace(test, operator=Operator.HAS_ANY), value)
            return f"(NOT {overlap})"
        return f"COALESCE({self.positive(test, value)}, FALSE)"

    def positive(self, test: Comparison, value: str) -> str:
        operator, bound = test.operator, test.value
        if operator in DAYS and isinstance(bound, int):
            start = self.bind(self.now - timedelta(days=bound))
            if operator is Operator.OLDER_THAN_DAYS:
                return f"{value} <= {start}"
            return f"({value} > {start} AND {value} <= {self.bind(self.now)})"
        if isinstance(bound, tuple) and operator is Operator.BETWEEN:
            return f"{value} BETWEEN {self.bind(bound[0])} AND {self.bind(bound[1])}"
        if isinstance(bound, tuple):
            return self.listed(operator, list(bound), value)
        return _SINGLE[operator].format(value=value, bound=self.bind(bound))

    def listed(self, operator: Operator, values: list[Any], value: str) -> str:
        place = f"{self.bind(values)}::text[]"
        if operator is Operator.ANY_OF:
            return f"{value} = ANY({place})"
        if operator is Operator.HAS_ANY:
            return f"{value} && {place}"
        if operator is Operator.HAS_ALL:
            return f"{value} @> {place}"
        return f"({value})[1:{self.bind(len(values))}] = {place}"
