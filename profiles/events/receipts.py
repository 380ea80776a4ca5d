"""Receipts: one for each message ever taken in, so that a second copy is known as such."""

from collections.abc import Iterable, Mapping, Sequence

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


def _columns(keys: Sequence[Key]) -> tuple[list[int], list[bytes]]:
    return [source_id for source_id, _ in keys], [message for _, message in keys]


def counted(counts: Mapping[str, int], **more: int) -> dict[str, int]:
    """Counts with more added to them."""
    return {**counts, **{name: counts.get(name, 0) + number for name, number in more.items()}}
