"""Keeping the numbers of people and items.

Only events that may be used for personalisation are counted. An order kept under the service
purpose alone leaves no row: to hide what someone bought is already a personal choice of what to
show. All members are sums and greatest times, so any order of arrival gives the same rows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cdp.lib import sql
from profiles import api as profiles
from profiles.data import Event

COUNTED = {"view": 0, "add": 1, "purchase": 2, "refund": 3}
"""Kinds of event, and the counter each moves by one for every line."""

LONGEST = 2_000
"""Items of one person that serving reads."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One row as serving reads it."""

    item_id: str
    views: int
    carts: int
    purchases: int
    refunds: int
    last_at: datetime


def count(events: Sequence[Event], mask: int) -> int:
    """Add these events, each seen for the first time, and return how many rows were touched."""
    people: dict[UUID, dict[str, list[Any]]] = {}
    for event in events:
        place = COUNTED.get(event.kind)
        if place is None or event.profile_id is None or event.purposes & mask != mask:
            continue
        at, items = event.timestamp, people.setdefault(event.profile_id, {})
        for line in event.lines:
            if line.item_id:
                row = items.setdefault(line.item_id, [0, 0, 0, 0, at])
                row[place] += 1
                row[4] = max(row[4], at)
    ordered = [
        (profile_id, item_id, *row)
        for profile_id in sorted(people)
        for item_id, row in sorted(people[profile_id].items())
    ]
    if not ordered:
        return 0
    columns = [list(column) for column in zip(*ordered, strict=True)]
    return sql.execute(
        "INSERT INTO recommendations_interaction AS old "
        "(profile_id, item_id, views, carts, purchases, refunds, last_at) "
        "SELECT * FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], "
        "%s::timestamptz[]) "
        "ON CONFLICT (profile_id, item_id) DO UPDATE SET views = old.views + excluded.views, "
        "carts = old.carts + excluded.carts, purchases = old.purchases + excluded.purchases, "
        "refunds = old.refunds + excluded.refunds, "
        "last_at = greatest(old.last_at, excluded.last_at)",
        columns,
    )


def recompute(profile_ids: Collection[UUID], mask: int) -> int:
    """Make the rows of these people anew from their stored events, and return how many there are.
    For merges and splits; people without events lose their rows."""
    people = sorted(profile_ids)
    forget(people)
    events = profiles.surface().events
    statement = f"""
        INSERT INTO recommendations_interaction
            (profile_id, item_id, views, carts, purchases, refunds, last_at)
        SELECT {events.profile_id}, line.item_id,
            count(*) FILTER (WHERE {events.kind} = 'view'),
            count(*) FILTER (WHERE {events.kind} = 'add'),
            count(*) FILTER (WHERE {events.kind} = 'purchase'),
            count(*) FILTER (WHERE {events.kind} = 'refund'),
            max({events.timestamp})
        FROM {events.table} e CROSS JOIN LATERAL unnest({events.items}) AS line(item_id)
        WHERE {events.profile_id} = ANY(%(people)s) AND {events.kind} = ANY(%(kinds)s)
            AND {events.purposes} & %(mask)s = %(mask)s AND line.item_id <> ''
        GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608  the expressions are constants of profiles
    return sql.execute(statement, {"people": people, "kinds": sorted(COUNTED), "mask": mask})


def forget(profile_ids: Collection[UUID]) -> int:
    """Delete these people's rows and return how many there were."""
    return sql.execute(
        "DELETE FROM recommendations_interaction WHERE profile_id = ANY(%s)",
        [sorted(profile_ids)],
    )


def of(profile_id: UUID) -> list[Touch]:
    """One person's rows, the latest first. One query."""
    return [
        Touch(*row)
        for row in sql.rows(
            "SELECT item_id, views, carts, purchases, refunds, last_at "
            "FROM recommendations_interaction WHERE profile_id = %s "
            "ORDER BY last_at DESC, item_id LIMIT %s",
            [profile_id, LONGEST],
        )
    ]


def totals() -> Mapping[str, int]:
    """How many rows there are, about (from the planner's statistics: a count would read them
    all)."""
    found = sql.rows(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class "
        "WHERE oid = 'recommendations_interaction'::regclass"
    )
    return {"interactions": int(found[0][0])}
