"""The inbox: every accepted request, sealed, in append-only partitions read through shard cursors.

Nothing is claimed by changing a row, so a long transaction elsewhere cannot slow the reading down.
A cursor alone would lose rows, since ids are not committed in their order. Therefore writers hold a
shared advisory lock from before they draw an id until their commit; the horizon takes the same lock
exclusively for a moment, and then every id drawn so far is either committed or gone for ever. The
cursors read up to the horizon and no further.
"""

import hashlib
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction

from cdp.lib import clock, crypto, sql
from profiles.data import SourceInfo
from profiles.events import partitions

SHARDS = 16
KEPT_DAYS = 2
HORIZON_LOCK = 4_711_001
"""The advisory lock between writers (shared) and the horizon (exclusive)."""

HORIZON_SECONDS = 0.05
"""The horizon moves at most this often, and waits for a slow writer at most this long."""

_INSERT = """
WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%s)::text AS lock)
INSERT INTO profiles_inbox (shard, source_id, call, received_at, body)
SELECT %s, %s, %s, %s, %s FROM held WHERE lock IS NOT NULL
"""

_MOVE_HORIZON = """
UPDATE profiles_inboxhorizon
SET position = pg_sequence_last_value('profiles_inbox_id_seq'), advanced_at = clock_timestamp()
WHERE position < pg_sequence_last_value('profiles_inbox_id_seq')
"""

_PENDING = """
SELECT s.shard, (
    SELECT count(*) FROM (
        SELECT 1 FROM profiles_inbox i
        WHERE i.shard = s.shard AND i.id > s.position AND i.id <= h.position LIMIT %(limit)s
    ) AS waiting)
FROM profiles_inboxshard s CROSS JOIN profiles_inboxhorizon h
ORDER BY s.position
"""

_CLAIM = """
SELECT shard, position FROM profiles_inboxshard
WHERE shard = ANY(%(shards)s) ORDER BY shard FOR UPDATE SKIP LOCKED
"""

_READ = """
WITH taken AS (
    SELECT i.id, i.shard, i.received_at,
           sum(octet_length(i.body)) OVER (ORDER BY i.id) - octet_length(i.body) AS before
    FROM unnest(%(shards)s::smallint[], %(positions)s::bigint[]) AS c (shard, position)
    CROSS JOIN LATERAL (
        SELECT n.id, n.shard, n.received_at, n.body FROM profiles_inbox n
        WHERE n.shard = c.shard AND n.id > c.position
          AND n.id <= (SELECT h.position FROM profiles_inboxhorizon h)
        ORDER BY n.id LIMIT %(limit)s) AS i
    ORDER BY i.id LIMIT %(limit)s
)
SELECT i.id, i.shard, i.source_id, i.call, i.received_at, i.body
FROM taken t JOIN profiles_inbox i
     ON i.shard = t.shard AND i.id = t.id AND i.received_at = t.received_at
WHERE t.before < %(bytes)s ORDER BY i.id
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One request as it lies in the inbox. ``banned`` names messages already found to be
    undigestible, which go to quarantine."""

    inbox_id: int
    shard: int
    source_id: int
    call: str
    received_at: datetime
    body: bytes
    banned: frozenset[str] = frozenset()

    def open(self) -> bytes:
        """The body as it was sent. Raises :class:`cdp.lib.crypto.Undecipherable`."""
        return crypto.decrypt(self.body, place=_place(self.source_id, self.call))


def accept(*, source: SourceInfo, call: str, body: bytes, received_at: datetime) -> None:
    """Write one request into the inbox. When this returns outside a transaction, it is durable."""
    # One statement, one round trip, its own commit. A writer thread that commits the requests of
    # all threads together was considered and left out: batches of 100 are taken in at twice the
    # pace of a bare COPY as it is, and PostgreSQL already shares one flush among waiting commits.
    sealed = crypto.encrypt(body, place=_place(source.source_id, call))
    row = [HORIZON_LOCK, _shard_of(body), source.source_id, call, received_at, sealed]
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            sql.execute(_INSERT, row)
    except IntegrityError:  # the day has no partition yet: nobody made it ahead
        partitions.ensure_days(received_at.date(), 1)
        sql.execute(_INSERT, row)


def advance_horizon() -> None:
    """Let the cursors read on. A writer slower than the lock's time-out is left for the next
    time."""
    try:
        with transaction.atomic():
            wait = int(HORIZON_SECONDS * 1000)
            sql.execute(f"SET LOCAL lock_timeout = '{wait}ms'")
            sql.execute("SELECT pg_advisory_xact_lock(%s)", [HORIZON_LOCK])
            sql.execute(_MOVE_HORIZON)
            sql.execute("SET LOCAL lock_timeout = DEFAULT")
    except DatabaseError as failure:
        if not sql.is_transient(failure):
            raise


class Horizon:
    """Moves the horizon, but not more often than every :data:`HORIZON_SECONDS`."""

    def __init__(self) -> None:
        self._next = 0.0

    def advance(self) -> None:
        """Move it if it is time."""
        if time.monotonic() >= self._next:
            advance_horizon()
            self._next = time.monotonic() + HORIZON_SECONDS


def claim(*, limit: int, max_bytes: int) -> list[Sealed]:
    """Take the oldest waiting requests within the present transaction, which must end with
    :func:`move`. Takes as many shards as it needs and leaves the others to other processes."""
    pending = [(shard, count) for shard, count in sql.rows(_PENDING, {"limit": limit}) if count]
    if not pending:
        return []
    shards, total = [], 0
    for shard, count in pending:
        shards.append(shard)
        total += count
        if total >= limit:
            break
    claimed = sql.rows(_CLAIM, {"shards": sorted(shards)})
    if not claimed:  # another process was quicker; there may be more in other shards
        claimed = sql.rows(_CLAIM, {"shards": sorted(shard for shard, _ in pending)})
    positions = {
        "shards": [shard for shard, _ in claimed],
        "positions": [position for _, position in claimed],
        "limit": limit,
        "bytes": max_bytes,
    }
    return [
        Sealed(inbox_id, shard, source_id, call, received_at, bytes(body))
        for inbox_id, shard, source_id, call, received_at, body in sql.rows(_READ, positions)
    ]


def move(requests: Sequence[Sealed]) -> None:
    """Move the cursors past these requests, in the transaction that digested them."""
    last = {request.shard: request.inbox_id for request in requests}
    sql.execute(
        "UPDATE profiles_inboxshard s SET position = m.position"
        " FROM unnest(%s::smallint[], %s::bigint[]) AS m (shard, position)"
        " WHERE s.shard = m.shard",
        [list(last), list(last.values())],
    )


def tidy(now: datetime | None = None) -> int:
    """Make the partitions of the coming days, drop those digested and older than two days. Returns
    how many were dropped."""
    today = (now or clock.now()).date()
    partitions.ensure_days(today - timedelta(days=1), 4)
    dropped = 0
    for day in partitions.inbox_days():
        if day < today - timedelta(days=KEPT_DAYS) and _is_digested(day):
            partitions.drop_inbox_day(day)
            dropped += 1
    partitions.drop_detached_days()
    return dropped


def seed(**_: Any) -> None:
    """The cursor of each shard, the horizon and the partitions of the coming days, where they are
    missing. Run after each migrate."""
    partitions.ensure_days(clock.now().date() - timedelta(days=1), 4)
    sql.execute(
        "INSERT INTO profiles_inboxshard (shard, position)"
        " SELECT n, 0 FROM generate_series(0, %s) AS n ON CONFLICT DO NOTHING",
        [SHARDS - 1],
    )
    sql.execute(
        "INSERT INTO profiles_inboxhorizon (id, position) VALUES (1, 0) ON CONFLICT DO NOTHING"
    )


def _is_digested(day: Any) -> bool:
    """A day is left only when every cursor stands past all its requests."""
    start = datetime.combine(day, datetime.min.time(), clock.now().tzinfo)
    waiting = sql.rows(
        "SELECT 1 FROM profiles_inbox i JOIN profiles_inboxshard s ON s.shard = i.shard"
        " WHERE i.received_at >= %s AND i.received_at < %s AND i.id > s.position LIMIT 1",
        [start, start + timedelta(days=1)],
    )
    return not waiting


def _shard_of(body: bytes) -> int:
    """Any even spread will do: what is true does not depend on the order of digesting."""
    return hashlib.blake2b(body, digest_size=1).digest()[0] % SHARDS


def _place(source_id: int, call: str) -> bytes:
    return f"inbox:{source_id}:{call}".encode()
