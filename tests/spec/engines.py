"""A small world in which a rule is asked twice: as SQL over tables, and in memory over facts.

People, their attributes and events are drawn as tables; both engines must find the same people, and
those the table says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from cdp.lib import sql
from profiles.data import Event, EventSurface, Facts, Field, Line, Module, Surface
from segments.models import Membership, Segment
from segments.rules.compile import compile_rule
from segments.rules.evaluate import Person, holds
from segments.rules.nodes import Node
from segments.rules.parse import parse

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MARKETING = 8
SPACE = UUID("00000000-0000-5000-8000-000000000000")

FIELDS = {
    "name": Field("name", "Name", "text", Module.CORE, "p.name"),
    "orders": Field("orders", "Orders", "number", Module.BEHAVIOURAL, "p.orders"),
    "joined": Field("joined", "Joined", "datetime", Module.CORE, "p.joined"),
    "vip": Field("vip", "VIP", "boolean", Module.CORE, "p.vip"),
    "place": Field("place", "Place", "path", Module.CORE, "p.place"),
    "tags": Field("tags", "Tags", "set", Module.CORE, "p.tags"),
}
SURFACE = Surface(
    joins="spec_person p",
    profile_id="p.id",
    current="NOT p.merged",
    fields=FIELDS,
    events=EventSurface(
        table="spec_event",
        profile_id="e.profile_id",
        kind="e.kind",
        name="e.name",
        timestamp="e.timestamp",
        purposes="e.purposes",
        revenue="e.revenue",
        items="e.items",
        categories="e.categories",
        brands="e.brands",
        quantities="e.quantities",
        prices="e.prices",
        prop="(e.properties ->> {key})",
    ),
)
TABLES = """
CREATE TEMP TABLE IF NOT EXISTS spec_person (id uuid, merged boolean DEFAULT FALSE, name text,
    orders numeric, joined timestamptz, vip boolean, place text[], tags text[]);
CREATE TEMP TABLE IF NOT EXISTS spec_event (profile_id uuid, kind text, name text,
    timestamp timestamptz, purposes integer, revenue numeric, items text[], categories text[],
    brands text[], quantities numeric[], prices numeric[], properties jsonb);
TRUNCATE spec_person, spec_event;
"""


@dataclass(frozen=True)
class World:
    """People by number, their events, and who is in which other segment."""

    people: Mapping[int, Mapping[str, Any]]
    events: Sequence[Event] = ()
    inside: Mapping[str, Sequence[int]] = field(default_factory=dict)


def person_id(number: int) -> UUID:
    """The profile id of the person with this number."""
    return uuid5(SPACE, str(number))


def happened(
    who: int,
    kind: str = "purchase",
    *,
    days_ago: float = 1,
    lines: Sequence[Line] = (),
    name: str = "",
    purposes: int = MARKETING,
    **more: Any,
) -> Event:
    """One event of a person."""
    moment = NOW - timedelta(days=days_ago)
    return Event(
        event_id=uuid5(SPACE, f"{who} {kind} {name} {days_ago} {more}"),
        source_id=1,
        message_id="",
        kind=kind,
        name=name or kind,
        node_id=person_id(who),
        profile_id=person_id(who),
        timestamp=moment,
        received_at=moment,
        sent_at=None,
        original_timestamp=None,
        purposes=purposes,
        lines=tuple(lines),
        **more,
    )


def by_sql(rule: Node, world: World) -> set[int]:
    """The people the set engine finds."""
    _store(world)
    compiled = compile_rule(rule, SURFACE, now=NOW, purposes=MARKETING)
    numbers = {person_id(number): number for number in world.people}
    return {numbers[row[0]] for row in sql.rows(compiled.select(), compiled.params)}


def in_memory(rule: Node, world: World) -> set[int]:
    """The people the live engine finds."""
    return {number for number in world.people if holds(rule, person(world, number))}


def person(world: World, number: int) -> Person:
    """One person of the world, as the live engine sees them."""
    events = [event for event in world.events if event.profile_id == person_id(number)]
    events.sort(key=lambda event: event.timestamp, reverse=True)
    known = {name: value for name, value in world.people[number].items() if value is not None}
    inside = frozenset(slug for slug, members in world.inside.items() if number in members)
    return Person(Facts(person_id(number), known, events), inside, now=NOW, purposes=MARKETING)


def both(rule: object, world: World) -> set[int]:
    """Ask both engines, demand one answer."""
    node = parse(rule, FIELDS)
    found, live = by_sql(node, world), in_memory(node, world)
    assert found == live, f"SQL finds {sorted(found)}, memory {sorted(live)}"
    return found


def drawn(table: str) -> dict[int, dict[str, Any]]:
    """People drawn as a table: ``who`` and any attributes; an empty cell is a missing value."""
    head, *body = [line for line in table.strip().splitlines() if line.strip()]
    names = [name.strip() for name in head.split("|")]
    people = {}
    for line in body:
        cells = dict(zip(names, (cell.strip() for cell in line.split("|")), strict=True))
        number = int(cells.pop("who"))
        people[number] = {name: _cell(name, text) for name, text in cells.items() if text}
    return people


def _cell(name: str, text: str) -> Any:
    kind = FIELDS[name].kind
    if kind == "number":
        return Decimal(text)
    if kind == "datetime":
        return NOW - timedelta(days=float(text.removesuffix(" days ago")))
    if kind == "boolean":
        return text == "yes"
    if kind in {"path", "set"}:
        return [part.strip() for part in text.split(">" if kind == "path" else ",")]
    return text


def _store(world: World) -> None:
    sql.execute(TABLES)
    for number, known in world.people.items():
        columns = sorted(known)
        sql.execute(
            f"INSERT INTO spec_person (id{''.join(', ' + name for name in columns)})"
            f" VALUES (%s{', %s' * len(columns)})",
            [person_id(number), *(known[name] for name in columns)],
        )
    for event in world.events:
        _store_event(event)
    Membership.objects.all().delete()
    for slug, members in world.inside.items():
        segment, _ = Segment.objects.get_or_create(slug=slug, defaults={"name": slug})
        Membership.objects.bulk_create(
            Membership(segment=segment, profile_id=person_id(number), since=NOW)
            for number in members
        )


def _store_event(event: Event) -> None:
    sql.execute(
        "INSERT INTO spec_event VALUES (%s, %s, %s, %s, %s, %s, %s::text[], %s::text[], %s::text[],"
        " %s::numeric[], %s::numeric[], %s::jsonb)",
        [
            event.profile_id,
            event.kind,
            event.name,
            event.timestamp,
            event.purposes,
            event.revenue,
            [line.item_id for line in event.lines],
            [line.category for line in event.lines],
            [line.brand for line in event.lines],
            [line.quantity for line in event.lines],
            [line.price for line in event.lines],
            json.dumps(dict(event.properties)),
        ],
    )
