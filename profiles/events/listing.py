"""Stored events, read back: newest first, without the sealed parts."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cdp.lib import sql
from profiles.data import Event, Line

_COLUMNS = """e.id, e.source_id, e.message_id, e.kind, e.name, e.node_id, e.profile_id, e.timestamp,
e.received_at, e.sent_at, e.original_timestamp, e.purposes, e.items, e.quantities, e.prices,
e.categories, e.brands, e.order_id, e.revenue, e.currency, e.properties, e.context, e.skewed, e.type"""

MAX_LIMIT = 500


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
    condition: str, params: dict[str, Any], *, limit: int, offset: int = 0
) -> list[tuple[Event, str]]:
    """Events under a condition over the alias ``e`` made of constants, each with the type of call
    that brought it."""
    rows = sql.rows(
        f"SELECT {_COLUMNS} FROM profiles_event e WHERE {condition}"  # noqa: S608
        " ORDER BY e.timestamp DESC, e.id DESC LIMIT %(limit)s OFFSET %(offset)s",
        {**params, "limit": min(limit, MAX_LIMIT), "offset": offset},
    )
    return [(_event(row), row[-1]) for row in rows]


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
