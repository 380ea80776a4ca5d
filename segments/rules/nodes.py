"""What a rule is made of: frozen nodes that refuse nonsense when they are made. Pure.

The two engines read these nodes: ``compile`` turns them into SQL, ``evaluate`` asks them of one
person in memory. Limits are small on purpose: a rule that nobody can read decides about people.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from profiles.data import FieldKind
from segments.rules.comparison import (
    MAX_DAYS,
    OPERATORS,
    Comparison,
    Operator,
    RuleFault,
    check_text,
)

MAX_DEPTH = 3
MAX_CONDITIONS = 50
MAX_FILTERS = 5
KINDS = (
    "purchase", "view", "add", "remove", "checkout", "refund", "search", "wishlist", "review",
    "coupon", "promotion", "page", "screen", "identify", "alias", "group", "custom",
)  # fmt: skip
"""Kinds of event a rule may ask for (profiles.data.Event), the most asked first."""

LINE_FIELDS = ("item", "category", "brand")
PROPERTY = "property:"


class Measure(StrEnum):
    """What is taken of the events that match."""

    COUNT = "count"
    ITEMS = "distinct_items"
    REVENUE = "revenue"
    QUANTITY = "quantity"
    LAST = "last_time"


@dataclass(frozen=True, slots=True)
class Window:
    """When an event must have happened: in the last ``days``, from ``start`` (included) to ``end``
    (not included), or, all empty, at any time."""

    days: int | None = None
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.days is not None:
            if self.start or self.end:
                raise RuleFault("window", "Give either days or dates, not both.")
            if isinstance(self.days, bool) or not 1 <= self.days <= MAX_DAYS:
                raise RuleFault("days", f"Give a number of days from 1 to {MAX_DAYS:,}.", "days")
        elif (self.start is None) != (self.end is None):
            raise RuleFault("window", "Give both dates: from and to.")
        elif self.start and self.end and self.start >= self.end:
            raise RuleFault("window", "The first date must be before the last.", "to")


@dataclass(frozen=True, slots=True)
class Where:
    """A filter on events: by ``item``, ``category`` or ``brand`` of a line, by ``revenue``, or by a
    property (``property:colour``). Filters on lines must hold for one and the same line."""

    field: str
    test: Comparison

    def __post_init__(self) -> None:
        if self.field == "revenue":
            if self.test.kind != "number":
                raise RuleFault("operator_not_for_kind", "Revenue is a number.", "op")
        elif self.field in LINE_FIELDS:
            if self.test.kind != "text" or self.test.operator in {
                Operator.EXISTS,
                Operator.MISSING,
            }:
                raise RuleFault("operator_not_for_kind", f"Compare {self.field} as text.", "op")
        elif self.field.startswith(PROPERTY):
            check_text(self.field.removeprefix(PROPERTY), "field")
            if self.test.kind not in {"text", "number"}:
                raise RuleFault("operator_not_for_kind", "Compare it as text or number.", "op")
        else:
            raise RuleFault(
                "unknown_filter",
                "Filter by item, category, brand, revenue or property:<name>.",
                "field",
            )


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """An attribute of the person, compared."""

    field: str
    test: Comparison

    def __post_init__(self) -> None:
        check_text(self.field, "attribute")


@dataclass(frozen=True, slots=True)
class EventTest:
    """What a person did: events of a ``kind`` or ``name`` within ``window`` that pass ``where``,
    measured and compared; ``has`` False turns it round ("has not")."""

    test: Comparison
    kind: str = ""
    name: str = ""
    measure: Measure = Measure.COUNT
    window: Window = field(default_factory=Window)
    where: tuple[Where, ...] = ()
    has: bool = True

    def __post_init__(self) -> None:
        if bool(self.kind) == bool(self.name):
            raise RuleFault("event", "Name one event, by kind or by name.", "event")
        if self.kind and self.kind not in KINDS:
            raise RuleFault("unknown_event", f"Use one of: {', '.join(KINDS)}.", "event")
        if self.name:
            check_text(self.name, "event_name")
        wanted: FieldKind = "datetime" if self.measure is Measure.LAST else "number"
        if self.test.kind != wanted or self.test.operator in {Operator.EXISTS, Operator.MISSING}:
            allowed = ", ".join(OPERATORS[wanted][:-2])
            raise RuleFault("operator_not_for_kind", f"Compare by one of: {allowed}.", "op")
        if len(self.where) > MAX_FILTERS:
            raise RuleFault("too_many_filters", f"Use at most {MAX_FILTERS} filters.", "where")

    @property
    def by_line(self) -> bool:
        """Whether what is measured are lines of events and not whole events."""
        if self.measure is Measure.REVENUE:
            return any(part.field in LINE_FIELDS for part in self.where)
        return self.measure in {Measure.ITEMS, Measure.QUANTITY}


@dataclass(frozen=True, slots=True)
class MemberOf:
    """Whether the person is, or is not, in another segment."""

    segment: str
    inside: bool = True

    def __post_init__(self) -> None:
        check_text(self.segment, "segment")


@dataclass(frozen=True, slots=True)
class All:
    """Every part must hold."""

    parts: "tuple[Node, ...]"

    def __post_init__(self) -> None:
        _check_parts(self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part must hold."""

    parts: "tuple[Node, ...]"

    def __post_init__(self) -> None:
        _check_parts(self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not hold."""

    part: "Node"

    def __post_init__(self) -> None:
        if isinstance(self.part, Not):
            raise RuleFault("double_not", "Take both nots away: they cancel each other.", "not")


Leaf = AttributeTest | EventTest | MemberOf
Node = All | Any | Not | AttributeTest | EventTest | MemberOf


def _check_parts(parts: tuple[Node, ...]) -> None:
    if not parts:
        raise RuleFault("empty_group", "Add at least one condition to this group.")


def check_size(rule: Node) -> None:
    """Raise where a rule is too deep or too long to be read by people."""
    if depth(rule) > MAX_DEPTH:
        raise RuleFault("too_deep", f"Groups may be nested {MAX_DEPTH} deep. Use fewer.")
    if sum(1 for _ in leaves(rule)) > MAX_CONDITIONS:
        raise RuleFault("too_many_conditions", f"Use at most {MAX_CONDITIONS} conditions.")


def depth(rule: Node) -> int:
    """How deep the groups are nested; a rule of one condition has depth 0. "Not" adds nothing."""
    if isinstance(rule, Not):
        return depth(rule.part)
    if isinstance(rule, (All, Any)):
        return 1 + max(depth(part) for part in rule.parts)
    return 0


def leaves(rule: Node) -> Iterator[Leaf]:
    """The conditions of a rule, in reading order."""
    if isinstance(rule, Not):
        yield from leaves(rule.part)
    elif isinstance(rule, (All, Any)):
        for part in rule.parts:
            yield from leaves(part)
    else:
        yield rule
