"""What models are taught from: the interactions of people who allow it, as columns."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection, transaction

from cdp.lib import clock, sql
from consent import api as consent
from profiles import api as profiles
from recommendations.algorithms.base import Log
from recommendations.algorithms.signals import strength

DAY = 86_400.0
DEVICE = "contextual.device"
"""The field of the profile surface that gives the context cells of popularity."""


def load() -> Log:
    """Everything people did with items that are on the shelf. Consent is asked here, at the moment
    of use: whoever withdrew it, or restricted their data, teaches nothing."""
    devices = _devices()
    cells = tuple(sorted(set(devices.values())))
    people: dict[UUID, int] = {}
    items: dict[str, int] = {}
    columns: tuple[list[Any], ...] = ([], [], [], [], [])
    for profile_id, item_id, views, carts, purchases, refunds, last_at in _stream():
        person = people.setdefault(profile_id, len(people))
        item = items.setdefault(item_id, len(items))
        cell = cells.index(devices[profile_id]) if profile_id in devices else -1
        power = strength(views, carts, purchases, refunds)
        for column, value in zip(
            columns, (person, item, power, last_at.timestamp() / DAY, cell), strict=True
        ):
            column.append(value)
    return _sorted(people, items, columns, cells)


def describe(log: Log) -> dict[str, Any]:
    """The log in numbers, for the record of the run."""
    ends = (float(log.day.min()), float(log.day.max())) if len(log) else (None, None)
    return {
        "people": log.people,
        "items": len(log.items),
        "interactions": len(log),
        "from": _iso(ends[0]),
        "until": _iso(ends[1]),
    }


def _sorted(
    people: dict[UUID, int], items: dict[str, int], columns: tuple[list[Any], ...], cells: Any
) -> Log:
    """Item indexes in the order of ids, so that the same rows always make the same arrays."""
    ordered = sorted(items)
    place = np.empty(len(items), dtype=np.int32)
    for index, item in enumerate(ordered):
        place[items[item]] = index
    who, which, power, day, cell = columns
    return Log(
        items=tuple(ordered),
        people=len(people),
        person=np.array(who, dtype=np.int32),
        item=place[np.array(which, dtype=np.int32)],
        strength=np.array(power, dtype=np.float32),
        day=np.array(day, dtype=np.float64),
        now=clock.now().timestamp() / DAY,
        cells=cells,
        cell=np.array(cell, dtype=np.int32),
    )


def _stream() -> Any:
    """Rows by person and item, through a cursor on the server: memory stays flat."""
    statement = (  # assembled from constants
        "SELECT i.profile_id, i.item_id, i.views, i.carts, "  # noqa: S608
        "i.purchases, i.refunds, i.last_at "
        "FROM recommendations_interaction i "
        "JOIN recommendations_item c ON c.item_id = i.item_id AND c.deleted_at IS NULL "
        f"WHERE {consent.permits_sql('i.profile_id', 'personalisation')} "
        "ORDER BY i.profile_id, i.item_id"
    )
    connection.ensure_connection()
    with transaction.atomic():
        raw = cast("psycopg.Connection[Any]", connection.connection)
        with psycopg.ServerCursor(raw, "recommendations_training") as cursor:
            cursor.itersize = 20_000
            cursor.execute(statement)
            yield from cursor


def _devices() -> dict[UUID, str]:
    surface = profiles.surface()
    field = surface.fields.get(DEVICE)
    if field is None:
        return {}
    found = sql.rows(
        f"SELECT {surface.profile_id}, {field.sql} FROM {surface.joins} "  # noqa: S608
        f"WHERE {surface.current} AND EXISTS ("
        f"SELECT FROM recommendations_interaction i WHERE i.profile_id = {surface.profile_id})"
    )
    return {profile_id: str(device) for profile_id, device in found if device}


def _iso(day: float | None) -> str | None:
    return datetime.fromtimestamp(day * DAY, tz=clock.now().tzinfo).isoformat() if day else None
