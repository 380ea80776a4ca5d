"""What people did, counted: days recomputed whole from their events, sums over days.

A session ends after 30 quiet minutes, and at midnight UTC, so that a day's row depends on that
day's events alone. Messages that only say who somebody is are not behaviour. Orders and refunds
count whatever was consented to: they are kept for the contract; all else is only here by consent.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from cdp.lib import sql
from profiles.attributes.catalogue import SEEDED
from profiles.data import Event

IDENTITY_KINDS = frozenset({"identify", "alias", "group"})

RULE = "behaviour.v1"

_COLUMNS = """profile_id, day, events, sessions, seconds, views, carts, orders, revenue,
    refunds, refunded, pieces, first_at, last_at, first_order_at, last_order_at"""
_DAYS = """
SELECT t.profile_id, t.day, d.* FROM {pairs}
CROSS JOIN LATERAL (
    SELECT count(*), sum(s.opening), sum(s.pause)::int,
        count(*) FILTER (WHERE s.kind = 'view'), count(*) FILTER (WHERE s.kind = 'add'),
        count(*) FILTER (WHERE s.kind = 'purchase'),
        coalesce(sum(s.revenue) FILTER (WHERE s.kind = 'purchase'), 0),
        count(*) FILTER (WHERE s.kind = 'refund'),
        coalesce(sum(abs(s.revenue)) FILTER (WHERE s.kind = 'refund'), 0),
        coalesce(sum(s.pieces) FILTER (WHERE s.kind = 'purchase'), 0),
        min(s.timestamp), max(s.timestamp),
        min(s.timestamp) FILTER (WHERE s.kind = 'purchase'),
        max(s.timestamp) FILTER (WHERE s.kind = 'purchase')
    FROM (
        SELECT g.*,
            CASE WHEN g.gap <= interval '30 minutes' THEN 0 ELSE 1 END AS opening,
            CASE WHEN g.gap <= interval '30 minutes' THEN extract(epoch FROM g.gap) ELSE 0 END
                AS pause
        FROM (
            SELECT e.timestamp, e.kind, e.revenue,
                CASE WHEN e.kind = 'purchase' THEN
                    (SELECT coalesce(sum(q), 0) FROM unnest(e.quantities) AS q) END AS pieces,
                e.timestamp - lag(e.timestamp) OVER (ORDER BY e.timestamp, e.id) AS gap
            FROM profiles_event e
            WHERE e.profile_id = t.profile_id AND e.kind <> ALL(%(passive)s)
              AND e.timestamp >= t.day::timestamp AT TIME ZONE 'UTC'
              AND e.timestamp < (t.day + 1)::timestamp AT TIME ZONE 'UTC'
              {bounds}
        ) g
    ) s
    HAVING count(*) > 0
) d
"""
_INSERT = f"""
INSERT INTO profiles_day ({_COLUMNS})
{_DAYS} ORDER BY 1, 2
ON CONFLICT (profile_id, day) DO UPDATE
SET events = excluded.events, sessions = excluded.sessions, seconds = excluded.seconds,
    views = excluded.views, carts = excluded.carts, orders = excluded.orders,
    revenue = excluded.revenue, refunds = excluded.refunds, refunded = excluded.refunded,
    pieces = excluded.pieces, first_at = excluded.first_at, last_at = excluded.last_at,
    first_order_at = excluded.first_order_at, last_order_at = excluded.last_order_at
"""
_TOUCHED_DAYS = _INSERT.format(
    pairs="unnest(%(profiles)s::uuid[], %(days)s::date[]) AS t (profile_id, day)",
    # Constants let the planner leave out months that no pair is in.
    bounds="AND e.timestamp >= %(from)s AND e.timestamp < %(until)s::date + interval '1 day'",
)
_ALL_DAYS = _INSERT.format(
    pairs="(SELECT DISTINCT profile_id, (timestamp AT TIME ZONE 'UTC')::date AS day"
    " FROM profiles_event WHERE profile_id = ANY(%(profiles)s)) AS t",
    bounds="",
)
_ADDED_UP = """sum(events) AS events, count(*) AS active_days, sum(sessions) AS sessions,
    sum(seconds) AS seconds, sum(views) AS views, sum(carts) AS carts, sum(orders) AS orders,
    sum(revenue) AS revenue, sum(refunds) AS refunds, sum(refunded) AS refunded,
    sum(pieces) AS pieces, min(first_at) AS first_at, max(last_at) AS last_at,
    min(first_order_at) AS first_order_at, max(last_order_at) AS last_order_at"""
_SUMS = f"""
INSERT INTO profiles_behaviour (profile_id, events, active_days, sessions, seconds, views, carts,
    orders, revenue, refunds, refunded, pieces, first_at, last_at, first_order_at, last_order_at)
SELECT profile_id, {_ADDED_UP}
FROM profiles_day WHERE profile_id = ANY(%s) GROUP BY profile_id ORDER BY profile_id
ON CONFLICT (profile_id) DO UPDATE
SET events = excluded.events, active_days = excluded.active_days, sessions = excluded.sessions,
    seconds = excluded.seconds, views = excluded.views, carts = excluded.carts,
    orders = excluded.orders, revenue = excluded.revenue, refunds = excluded.refunds,
    refunded = excluded.refunded, pieces = excluded.pieces, first_at = excluded.first_at,
    last_at = excluded.last_at, first_order_at = excluded.first_order_at,
    last_order_at = excluded.last_order_at
"""  # noqa: S608
_THEN = "SELECT {added} FROM ({days}) AS n ({columns}) HAVING count(*) > 0".format(  # noqa: S608
    added=_ADDED_UP,
    columns=_COLUMNS,
    days=_DAYS.format(
        pairs="(SELECT DISTINCT profile_id, (timestamp AT TIME ZONE 'UTC')::date AS day"
        " FROM profiles_event WHERE profile_id = %(profile)s AND timestamp <= %(at)s) AS t",
        bounds="AND e.timestamp <= %(at)s",
    ),
)
"""The sum of one person's days as it stood at an instant, counted from the events until then."""


def values(profile_id: UUID, at: datetime | None = None) -> dict[str, Any]:
    """Behavioural attributes by slug, without affinities; as of ``at`` counted from the events."""
    told = [one for one in SEEDED if one.sql and one.kind != "set"]
    columns = ", ".join(one.sql for one in told)
    params: dict[str, Any] = {"profile": profile_id, "at": at, "passive": sorted(IDENTITY_KINDS)}
    source = "profiles_behaviour b WHERE b.profile_id = %(profile)s"
    if at is not None:
        columns, source = columns.replace("now()", "%(at)s::timestamptz"), f"({_THEN}) AS b"
    found = sql.rows(f"SELECT {columns} FROM {source}", params)  # noqa: S608
    row = found[0] if found else ()
    return {one.slug: value for one, value in zip(told, row, strict=False) if value is not None}


def count(events: Iterable[Event], *, moved: Collection[UUID] = ()) -> frozenset[UUID]:
    """Bring days and sums up to date with stored ``events``; of ``moved`` profiles, count
    everything anew. Answers the profiles whose behaviour changed."""
    pairs = sorted(
        {
            (event.profile_id, event.timestamp.astimezone(UTC).date())
            for event in events
            if event.profile_id
            and event.kind not in IDENTITY_KINDS
            and event.profile_id not in moved
        }
    )
    if moved:
        _recount(sorted(moved))
    if pairs:
        _count_days(pairs)
    profiles = {profile for profile, _ in pairs} | set(moved)
    if profiles:
        sql.execute(_SUMS, [sorted(profiles)])
    return frozenset(profiles)


def _count_days(pairs: list[tuple[UUID, date]]) -> None:
    days = [day for _, day in pairs]
    sql.execute(
        _TOUCHED_DAYS,
        {
            "profiles": [profile for profile, _ in pairs],
            "days": days,
            "passive": sorted(IDENTITY_KINDS),
            "from": min(days),
            "until": max(days),
        },
    )


def _recount(profiles: list[UUID]) -> None:
    sql.execute("DELETE FROM profiles_day WHERE profile_id = ANY(%s)", [profiles])
    sql.execute("DELETE FROM profiles_behaviour WHERE profile_id = ANY(%s)", [profiles])
    sql.execute(_ALL_DAYS, {"profiles": profiles, "passive": sorted(IDENTITY_KINDS)})
