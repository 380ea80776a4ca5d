"""Who is in a segment, by sets: the full recount, which also corrects whatever live evaluation
missed (the passing of time above all) and says how much that was.

The difference is found without a lock. Then, in pieces, it is looked at again and applied under a
lock that live evaluation shares, so that neither overwrites what the other just learnt.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction

from cdp.lib import clock, sql
from consent import api as consent
from profiles import api as profiles
from profiles.data import Surface
from segments.rules import plans
from segments.rules.comparison import RuleFault
from segments.rules.compile import Compiled, compile_rule
from segments.rules.models import Segment
from segments.rules.plans import Plan

LOCK = "segments: memberships"
PIECE = 100_000
"""Memberships changed in one transaction."""

log = structlog.get_logger("segments")


@dataclass(frozen=True, slots=True)
class Recount:
    """What one recount found: how many are in, how many rows it opened and closed."""

    slug: str
    size: int
    opened: int
    closed: int

    @property
    def drift(self) -> int:
        return self.opened + self.closed


def recompute(
    slugs: Collection[str] | None = None, *, now: datetime | None = None
) -> list[Recount]:
    """Recount live segments (all, or those named), each after those it rests on. One that fails is
    marked and the others go on; a time-out or lock that may pass leaves it for the next round."""
    surface = profiles.surface()
    done = []
    for plan in plans.live(surface, also_faulty=True):
        if slugs is not None and plan.slug not in slugs:
            continue
        try:
            done.append(_recount(plan, surface, now))
        except RuleFault as fault:
            plans.mark_faulty(plan.segment_id, str(fault))
        except DatabaseError as failure:
            if not sql.is_transient(failure):
                plans.mark_faulty(plan.segment_id, "The database refuses the rule. Save it anew.")
            log.warning("segment.recount_failed", segment_id=plan.segment_id)
    return done


def close_all(segment_id: int, now: datetime) -> int:
    """End every stay in a segment, for one that goes to the archive."""
    sql.hold(LOCK)
    return sql.execute(
        "UPDATE segments_membership SET until = GREATEST(since, %s)"
        " WHERE segment_id = %s AND until IS NULL",
        [now, segment_id],
    )


def _recount(plan: Plan, surface: Surface, now: datetime | None) -> Recount:
    opened = closed = 0
    while True:
        with transaction.atomic():
            differing = _differing(plan, surface, now or clock.now())
        if not differing:
            break
        with transaction.atomic():
            sql.hold(LOCK)
            more = _apply(plan, surface, differing, now or clock.now())
        opened, closed = opened + more[0], closed + more[1]
        if len(differing) < PIECE or more == (0, 0):
            break
    [[size]] = sql.rows(
        "SELECT count(*) FROM segments_membership WHERE segment_id = %s AND until IS NULL",
        [plan.segment_id],
    )
    segment = Segment.objects.get(pk=plan.segment_id)
    segment.drift = 0 if segment.due else opened + closed
    segment.size, segment.counted_at, segment.due, segment.fault = size, clock.now(), False, ""
    segment.save(update_fields=["size", "counted_at", "due", "drift", "fault"])
    return Recount(plan.slug, size, opened, closed)


def _differing(plan: Plan, surface: Surface, now: datetime) -> list[UUID]:
    compiled = _compiled(plan, surface, now)
    found = sql.rows(
        f"WITH wanted AS MATERIALIZED ({_wanted(plan, compiled)}), present AS ("  # noqa: S608
        "SELECT m.profile_id FROM segments_membership m"
        " WHERE m.segment_id = %(segment)s AND m.until IS NULL)"
        " SELECT COALESCE(w.profile_id, n.profile_id) FROM wanted w"
        " FULL JOIN present n ON n.profile_id = w.profile_id"
        " WHERE w.profile_id IS NULL OR n.profile_id IS NULL LIMIT %(piece)s",
        {**compiled.params, "segment": plan.segment_id, "piece": PIECE},
    )
    return [row[0] for row in found]


def _apply(plan: Plan, surface: Surface, differing: list[UUID], now: datetime) -> tuple[int, int]:
    """Ask again about those who differed, now that nobody else writes, and change their rows."""
    compiled = _compiled(plan, surface, now)
    wanted = _wanted(plan, compiled, f"{surface.profile_id} = ANY(%(differing)s)")
    params = {
        **compiled.params,
        "segment": plan.segment_id,
        "differing": differing,
        "now": now,
    }
    closed = sql.execute(
        f"WITH wanted AS MATERIALIZED ({wanted})"  # noqa: S608
        " UPDATE segments_membership SET until = GREATEST(since, %(now)s)"
        " WHERE segment_id = %(segment)s AND until IS NULL AND profile_id = ANY(%(differing)s)"
        " AND profile_id NOT IN (SELECT w.profile_id FROM wanted w)",
        params,
    )
    opened = sql.execute(
        f"WITH wanted AS MATERIALIZED ({wanted})"  # noqa: S608
        " INSERT INTO segments_membership (segment_id, profile_id, since)"
        " SELECT %(segment)s, w.profile_id, %(now)s FROM wanted w ORDER BY w.profile_id"
        " ON CONFLICT (segment_id, profile_id) WHERE until IS NULL DO NOTHING",
        params,
    )
    return opened, closed


def _compiled(plan: Plan, surface: Surface, now: datetime) -> Compiled:
    return compile_rule(plan.node, surface, now=now, purposes=plan.purposes)


def _wanted(plan: Plan, compiled: Compiled, also: str = "TRUE") -> str:
    """Members by rule who permit the purpose; nobody where the purpose is gone."""
    permitted = "FALSE"
    if plan.purposes:
        permitted = consent.permits_sql(compiled.surface.profile_id, plan.purpose)
    return compiled.select(f"{also} AND {permitted}")
