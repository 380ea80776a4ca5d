"""How rows of a file become events, as data. Pure: no Django, no clock, no files.

A mapping is a document (TOML or JSON, see docs/guides/import.md). :func:`compile_rules` checks it
once and turns each cell's recipe into a function; :func:`arrival` applies them to the rows of one
event.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from profiles.data import Arrival, Line, SourceInfo
from profiles.imports.transforms import BadMapping, Tables, Unfit, step

Row = Mapping[str, Any]
Term = Callable[[Row], Any]
Condition = Callable[[Row], bool]

_EVENT_FIELDS = frozenset(
    {"user_id", "anonymous_id", "message_id", "timestamp", "order_id", "currency", "revenue"}
)
_LINE_FIELDS = frozenset({"item_id", "quantity", "price", "category", "brand", "name"})
_SECTIONS = frozenset(
    {"name", "title", "group_by", "block_by", "required", "consent", "kinds", "event", "line"}
    | {"traits", "properties", "tables"}
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and where it stands: ``number`` counts over the whole import, ``line`` in its file."""

    number: int
    file: str
    line: int
    row: Row


@dataclass(frozen=True, slots=True)
class Complaint:
    """A row that does not fit. ``message`` says what to mend and never repeats the value."""

    file: str
    line: int
    field: str
    code: str
    message: str


class Rejected(Exception):
    """An event cannot be made of these rows; it is left out whole."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(f"{len(complaints)} rows do not fit")
        self.complaints = tuple(complaints)


@dataclass(frozen=True, slots=True)
class Kind:
    """What an event is when ``when`` holds for its first row. ``sign`` is applied to quantities."""

    when: Condition
    type: str
    kind: str
    name: str
    sign: int


@dataclass(frozen=True, slots=True)
class Rules:
    """A mapping, checked and ready to run."""

    name: str
    title: str
    group_by: str
    block_by: str
    required: frozenset[str]
    kinds: tuple[Kind, ...]
    event: Mapping[str, Term]
    line: Mapping[str, Term]
    traits: Mapping[str, Term]
    properties: Mapping[str, Term]
    purposes: Mapping[str, bool] = field(default_factory=dict)
    choices: Mapping[str, Term] = field(default_factory=dict)


def compile_rules(document: Mapping[str, Any]) -> Rules:
    """The mapping as rules. Raises :class:`BadMapping`, whose text says where it is wrong."""
    unknown = sorted(set(document) - _SECTIONS)
    if unknown:
        raise BadMapping(f"unknown section {unknown[0]!r}; known: {', '.join(sorted(_SECTIONS))}")
    tables: Tables = document.get("tables", {})
    consent = document.get("consent", {})
    kinds = tuple(_kind(entry, tables) for entry in document.get("kinds", ()))
    if not document.get("name") or not kinds:
        raise BadMapping("a mapping needs a name and at least one entry under [[kinds]]")
    return Rules(
        name=document["name"],
        title=document.get("title", document["name"]),
        group_by=document.get("group_by", ""),
        block_by=document.get("block_by", ""),
        required=frozenset(document.get("required", ())),
        kinds=kinds,
        event=_terms(document, "event", tables, _EVENT_FIELDS),
        line=_terms(document, "line", tables, _LINE_FIELDS),
        traits=_terms(document, "traits", tables),
        properties=_terms(document, "properties", tables),
        purposes=dict.fromkeys(consent.get("purposes", ()), True),
        choices=_terms(consent, "columns", tables),
    )


def group_key(rules: Rules, row: Row) -> str:
    """What rows of one event share; empty where each row is an event."""
    return str(row.get(rules.group_by, "")) if rules.group_by else ""


def block_key(rules: Rules, row: Row) -> str:
    """What rows share that may hold parts of the same event, by day where it is a time. The parts
    of an event never lie in two blocks, so an import may stop and go on between blocks."""
    if not rules.block_by:
        return group_key(rules, row)
    return str(row.get(rules.block_by, ""))[:10]


def arrival(
    rules: Rules, rows: Sequence[Placed], source: SourceInfo, received_at: datetime
) -> Arrival:
    """The event these rows make. Raises :class:`Rejected` with everything that does not fit."""
    first, complaints = rows[0], list[Complaint]()
    kind = next((kind for kind in rules.kinds if kind.when(first.row)), None)
    if kind is None:
        raise Rejected([_complaint(first, "", "no_kind", "No entry of [[kinds]] fits this row.")])
    event = _apply(rules.event, first, rules.required, complaints)
    traits = _apply(rules.traits, first, rules.required, complaints)
    properties = _apply(rules.properties, first, rules.required, complaints)
    choices = _apply(rules.choices, first, frozenset(), complaints)
    lines = tuple(_lines(rules, rows, kind.sign, complaints))
    timestamp = _earliest(rules, rows, event.get("timestamp"))
    if timestamp is None and not complaints:
        complaints.append(_complaint(first, "timestamp", "missing", "An event needs a time."))
    if complaints or timestamp is None:
        raise Rejected(complaints)
    return Arrival(
        source=source,
        type=kind.type,
        kind=kind.kind,
        name=kind.name,
        message_id=_message_id(rules, first.row, event),
        timestamp=timestamp,
        received_at=received_at,
        original_timestamp=timestamp,
        user_id=event.get("user_id") or "",
        anonymous_id=event.get("anonymous_id") or "",
        traits=_nested(traits),
        properties=_nested(properties),
        consent={**rules.purposes, **choices} or None,
        lines=lines,
        order_id=event.get("order_id") or "",
        revenue=_revenue(kind, event, lines),
        currency=event.get("currency") or "",
    )


def _apply(
    terms: Mapping[str, Term],
    placed: Placed,
    required: frozenset[str],
    complaints: list[Complaint],
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, term in terms.items():
        try:
            value = term(placed.row)
        except Unfit as misfit:
            complaints.append(_complaint(placed, name, misfit.code, misfit.message))
            continue
        if value is not None:
            values[name] = value
        elif name in required:
            complaints.append(_complaint(placed, name, "missing", "This must not be empty."))
    return values


def _lines(
    rules: Rules, rows: Sequence[Placed], sign: int, complaints: list[Complaint]
) -> Iterator[Line]:
    for placed in rows:
        values = _apply(rules.line, placed, rules.required, complaints)
        if not values.get("item_id"):
            continue
        quantity = values.get("quantity", Decimal(1))
        yield Line(
            item_id=values["item_id"],
            quantity=quantity if sign > 0 else -quantity,
            price=values.get("price"),
            category=values.get("category") or "",
            brand=values.get("brand") or "",
            name=values.get("name") or "",
        )


def _earliest(rules: Rules, rows: Sequence[Placed], first: datetime | None) -> datetime | None:
    """The least time of the event's rows, so that the order of rows in the file does not matter."""
    term = rules.event.get("timestamp")
    if term is None or first is None or len(rows) == 1:
        return first
    times = [first]
    for placed in rows[1:]:
        try:
            times.append(term(placed.row) or first)
        except Unfit:
            continue
    return min(times)


def _revenue(kind: Kind, event: Mapping[str, Any], lines: Sequence[Line]) -> Decimal | None:
    if "revenue" in event:
        return Decimal(event["revenue"]) * kind.sign
    priced = [line for line in lines if line.price is not None]
    return (
        sum((line.quantity * (line.price or 0) for line in priced), Decimal(0)) if priced else None
    )


def _message_id(rules: Rules, row: Row, event: Mapping[str, Any]) -> str:
    """The same for the same event in whatever file: importing again changes nothing."""
    key = event.get("message_id") or group_key(rules, row)
    if not key:
        content = json.dumps(row, sort_keys=True, default=str).encode()
        key = blake2b(content, digest_size=16).hexdigest()
    return f"{rules.name}:{key}"


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """``{"address.country": x}`` as ``{"address": {"country": x}}``, JSON-ready."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *parents, leaf = path.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[leaf] = _plain(value)
    return tree


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _complaint(placed: Placed, name: str, code: str, message: str) -> Complaint:
    return Complaint(placed.file, placed.line, name, code, message)


def _kind(entry: Mapping[str, Any], tables: Tables) -> Kind:
    for needed in ("kind", "name"):
        if needed not in entry:
            raise BadMapping(f"an entry of [[kinds]] lacks {needed!r}")
    return Kind(
        when=_condition(entry.get("when", {})),
        type=entry.get("type", "track"),
        kind=entry["kind"],
        name=entry["name"],
        sign=-1 if entry.get("negate") else 1,
    )


def _terms(
    document: Mapping[str, Any],
    section: str,
    tables: Tables,
    allowed: frozenset[str] | None = None,
) -> dict[str, Term]:
    specs = document.get(section, {})
    unknown = sorted(set(specs) - allowed) if allowed is not None else []
    if unknown:
        raise BadMapping(f"[{section}] has no field {unknown[0]!r}; known: {sorted(allowed or ())}")
    return {name: _term(spec, tables) for name, spec in specs.items()}


def _term(spec: str | Mapping[str, Any], tables: Tables) -> Term:
    """A cell's recipe: a column's name, or a table with ``from``, ``constant`` or ``first``."""
    if isinstance(spec, str):
        spec = {"from": spec}
    if "constant" in spec:
        constant = spec["constant"]
        return lambda row: constant
    if "first" in spec:
        return _first([_term(choice, tables) for choice in spec["first"]])
    if "from" not in spec:
        raise BadMapping("a field needs 'from', 'constant' or 'first'")
    column, when = spec["from"], _condition(spec.get("when", {}))
    steps = tuple(step(entry, tables) for entry in spec.get("steps", ("strip",)))

    def value(row: Row) -> Any:
        cell = row.get(column)
        if cell is None or cell == "" or not when(row):
            return None
        for change in steps:
            cell = change(cell)
            if cell is None or cell == "":
                return None
        return cell

    return value


def _first(choices: Sequence[Term]) -> Term:
    return lambda row: next((v for term in choices if (v := term(row)) is not None), None)


def _condition(spec: Mapping[str, Any]) -> Condition:
    """``{ column, starts_with | equals | above }``; empty: always."""
    if not spec:
        return lambda row: True
    column = spec.get("column", "")
    if "starts_with" in spec:
        prefix = str(spec["starts_with"])
        return lambda row: str(row.get(column, "")).startswith(prefix)
    if "equals" in spec:
        wanted = frozenset(
            map(str, spec["equals"] if isinstance(spec["equals"], list) else [spec["equals"]])
        )
        return lambda row: str(row.get(column, "")).strip().lower() in wanted
    if "above" in spec:
        return _above(column, float(spec["above"]))
    raise BadMapping(f"a condition on {column!r} needs starts_with, equals or above")


def _above(column: str, bound: float) -> Condition:
    def holds(row: Row) -> bool:
        try:
            return float(row.get(column) or 0) > bound
        except (TypeError, ValueError):
            return False

    return holds
