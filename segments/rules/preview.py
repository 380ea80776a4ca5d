"""How many people a rule would find, before anyone is moved."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

from cdp.lib import clock, sql
from cdp.lib.errors import Problem
from consent import api as consent
from profiles import api as profiles
from profiles.data import Surface
from segments.rules.compile import compile_rule
from segments.rules.nodes import Node

PATIENCE_MS = 3_000
"""How long a preview may keep the database busy."""
SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """``count`` people meet the rule and permit the purpose; ``matching`` meet it at all."""

    count: int
    matching: int
    sample: tuple[UUID, ...]
    counted_at: datetime


def preview(
    node: Node, purpose: str, *, surface: Surface | None = None, patience_ms: int = PATIENCE_MS
) -> Preview:
    """Count and sample. Raises :class:`Problem` ``preview_timed_out`` where that takes too long."""
    now = clock.now()
    known = consent.purposes().get(purpose)
    if known is None:
        raise Problem("unknown_purpose", f"Choose one of: {', '.join(consent.purposes())}.")
    surface = surface or profiles.surface()
    compiled = compile_rule(node, surface, now=now, purposes=known.mask)
    permitted = consent.permits_sql(surface.profile_id, purpose)
    try:
        with transaction.atomic():
            [[before]] = sql.rows("SHOW statement_timeout")
            sql.execute("SELECT set_config('statement_timeout', %s, TRUE)", [str(patience_ms)])
            [[matching, count, sample]] = sql.rows(
                "WITH found AS MATERIALIZED ("  # noqa: S608
                f"{compiled.select(columns=f', {permitted} AS permitted')})"
                " SELECT count(*), count(*) FILTER (WHERE permitted),"
                " ARRAY(SELECT profile_id FROM found WHERE permitted"
                f" ORDER BY profile_id LIMIT {SAMPLE}) FROM found",
                compiled.params,
            )
            sql.execute("SELECT set_config('statement_timeout', %s, TRUE)", [before])
    except DatabaseError as failure:
        if getattr(failure.__cause__, "sqlstate", "") == "57014":
            raise Problem(
                "preview_timed_out",
                "Counting took too long. Narrow the rule or publish it: the full count runs apart.",
                status=503,
            ) from failure
        raise
    return Preview(count, matching, tuple(sample), now)
