"""Receipts: one for each message ever taken in, so that a second copy is known as such."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from cdp.lib import clock, sql
from profiles.events.keys import receipt_key
from profiles.events.models import Receipt

_INSERT = """
INSERT INTO profiles_receipt (source_id, message, outcome, seen_at)
SELECT k.source_id, k.message, %s, %s FROM unnest(%s::int[], %s::bytea[]) AS k (source_id, message)
ON CONFLICT DO NOTHING RETURNING source_id, message
"""

_REFUSE = """
UPDATE profiles_receipt r SET outcome = %s
FROM unnest(%s::int[], %s::bytea[]) AS k (source_id, message)
WHERE r.source_id = k.source_id AND r.message = k.message
"""

_TIDY = """
DELETE FROM profiles_receipt WHERE seen_at < %(before)s
AND ctid >= format('(%%s,0)', %(page)s::bigint)::tid
AND ctid < format('(%%s,0)', %(page)s::bigint + %(pages)s)::tid
"""

KEPT_DAYS = 35
"""How late a second copy is known as such. Senders try again for days, not for weeks."""

PAGES = 4_096
"""Pages of 8 KiB that one statement of :func:`tidy` reads: some 400 000 receipts."""

Key = tuple[int, bytes]


def key(source_id: int, message_id: str) -> Key:
    """Where a message's receipt stands."""
    return source_id, receipt_key(message_id)


def quarantine_key(source_id: int, message_id: str) -> Key:
    """Where the receipt of a message that could not be understood stands: apart from the others, so
    that the same message sent again in better shape is welcome."""
    return source_id, receipt_key(f"quarantined\0{message_id}")


def issue(keys: Iterable[Key], outcome: Receipt.Outcome) -> frozenset[Key]:
    """Write receipts and return those that were not there before. Sorted, so that two processes
    with the same messages wait for each other instead of blocking each other."""
    ordered = sorted(set(keys))
    if not ordered:
        return frozenset()
    found = sql.rows(_INSERT, [outcome.value, clock.now(), *_columns(ordered)])
    return frozenset((source_id, bytes(message)) for source_id, message in found)


def refuse(keys: Iterable[Key]) -> None:
    """Note on receipts already written that consent did not allow to keep the message."""
    ordered = sorted(set(keys))
    if ordered:
        sql.execute(_REFUSE, [Receipt.Outcome.REFUSED.value, *_columns(ordered)])


def tidy(now: datetime | None = None) -> int:
    """Delete receipts older than :data:`KEPT_DAYS`, stretch by stretch of the table, each in a
    transaction of its own: digesting never waits long. Returns how many there were.

    An index on the time would spare the daily reading of the table, and would cost every message
    an entry.
    """
    before = (now or clock.now()) - timedelta(days=KEPT_DAYS)
    size = sql.rows(
        "SELECT pg_relation_size('profiles_receipt') / current_setting('block_size')::int"
    )
    return sum(
        sql.execute(_TIDY, {"before": before, "page": page, "pages": PAGES})
        for page in range(0, int(size[0][0]), PAGES)
    )


def _columns(keys: Sequence[Key]) -> tuple[list[int], list[bytes]]:
    return [source_id for source_id, _ in keys], [message for _, message in keys]


def counted(counts: Mapping[str, int], **more: int) -> dict[str, int]:
    """Counts with more added to them."""
    return {**counts, **{name: counts.get(name, 0) + number for name, number in more.items()}}
