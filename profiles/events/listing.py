"""Stored events, read back: newest first, without the sealed parts."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cdp.lib import sql
from profiles.data import Event, Line
from profiles.events import store

_COLUMNS = """e.id, e.source_id, e.message_id, e.kind, e.name, e.node_id, e.profile_id, e.timestamp,
e.received_at, e.sent_at, e.original_timestamp, e.purposes, e.items, e.quantities, e.prices,
e.categories, e.brands, e.order_id, e.revenue, e.currency, e.properties, e.context, e.skewed,
e.type"""

MAX_LIMIT = 501  # a page of 500, and one more to know whether a next one exists


def of_profile(
    profile_id: UUID,
    *,
    limit: int,
    before: datetime | None = None,
    kinds: Collection[str] = (),
) -> list[Event]:
    """The newest events of one living profile, optionally before an instant and of some kinds."""
    found = where(
        "e.profile_id = %(profile)s"
        " AND (%(before)s::timestamptz IS NULL OR e.timestamp < %(before)s)"
        " AND (%(kinds)s::text[] IS NULL OR e.kind = ANY(%(kinds)s))",
        {"profile": profile_id, "before": before, "kinds": sorted(kinds) or None},
        limit=limit,
    )
    return [event for event, _ in found]


def of_profiles(profile_ids: Collection[UUID], *, since: datetime) -> dict[UUID, tuple[Event, ...]]:
    """All events of several profiles since an instant, in one query."""
    found: dict[UUID, list[Event]] = {}
    for row in sql.rows(
        f"SELECT {_COLUMNS} FROM profiles_event e"  # noqa: S608
        " WHERE e.profile_id = ANY(%s) AND e.timestamp >= %s ORDER BY e.timestamp DESC, e.id DESC",
        [sorted(set(profile_ids)), since],
    ):
        event = _event(row)
        if event.profile_id:
            found.setdefault(event.profile_id, []).append(event)
    return {profile_id: tuple(events) for profile_id, events in found.items()}


def where(
    condition: str,
    params: dict[str, Any],
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> list[tuple[Event, str]]:
    """Events under a condition over the alias ``e`` made of constants, each with the type of call
    that brought it; ``after`` continues behind the last event of the page before."""
    rows = sql.rows(
        f"SELECT {_COLUMNS} FROM profiles_event e WHERE {condition}"  # noqa: S608
        " AND (%(at)s::timestamptz IS NULL OR (e.timestamp, e.id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY e.timestamp DESC, e.id DESC LIMIT %(limit)s",
        {
            **params,
            "limit": min(limit, MAX_LIMIT),
            "at": after[0] if after else None,
            "id": after[1] if after else None,
        },
    )
    return [(_event(row), row[-1]) for row in rows]


def personal_parts(events: Collection[Event]) -> dict[UUID, dict[str, Any]]:
    """What is sealed of these events (``traits``, ``properties``), in clear, in one query."""
    if not events:
        return {}
    by_id = {event.event_id: event for event in events}
    found = sql.rows(
        "SELECT id, personal FROM profiles_event WHERE id = ANY(%s)"
        " AND timestamp BETWEEN %s AND %s AND personal IS NOT NULL",
        [
            sorted(by_id),
            min(event.timestamp for event in events),
            max(event.timestamp for event in events),
        ],
    )
    return {event_id: store.unseal(bytes(sealed), by_id[event_id]) for event_id, sealed in found}


def _event(row: Sequence[Any]) -> Event:
    lines = tuple(
        Line(item_id=item, quantity=quantity, price=price, category=category, brand=brand)
        for item, quantity, price, category, brand in zip(*row[12:17], strict=True)
    )
    return Event(
        event_id=row[0],
        source_id=row[1],
        message_id=row[2],
        kind=row[3],
        name=row[4],
        node_id=row[5],
        profile_id=row[6],
        timestamp=row[7],
        received_at=row[8],
        sent_at=row[9],
        original_timestamp=row[10],
        purposes=row[11],
        lines=lines,
        order_id=row[17],
        revenue=row[18],
        currency=row[19],
        properties=json.loads(row[20]),
        context=json.loads(row[21]),
        skewed=row[22],
    )
