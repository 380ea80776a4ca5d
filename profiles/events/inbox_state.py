"""How the event path stands, in numbers. Asked of the database, so right for any number of
processes."""

from collections.abc import Mapping
from datetime import datetime

from cdp.lib import sql
from profiles.events.models import Receipt

_LAG = """
SELECT COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(oldest.received_at)), 0)::float8
FROM profiles_inboxshard s
CROSS JOIN LATERAL (
    SELECT received_at FROM profiles_inbox i
    WHERE i.shard = s.shard AND i.id > s.position ORDER BY i.id LIMIT 1
) oldest
"""

_WAITING = """
SELECT count(*) FROM profiles_inboxshard s JOIN profiles_inbox i
ON i.shard = s.shard AND i.id > s.position
"""

_WAITING_SINCE = """
SELECT EXISTS (
    SELECT 1 FROM profiles_inboxshard s JOIN profiles_inbox i
    ON i.shard = s.shard AND i.id > s.position WHERE i.received_at <= %s)
"""


def digest_lag() -> float:
    """Seconds the oldest accepted and undigested request has been waiting; 0 when none does."""
    ((seconds,),) = sql.rows(_LAG)
    return max(0.0, float(seconds))


def waiting() -> int:
    """Accepted requests not digested yet."""
    ((number,),) = sql.rows(_WAITING)
    return int(number)


def is_waiting(moment: datetime) -> bool:
    """Whether a request accepted up to this moment is still to be digested."""
    return bool(sql.rows(_WAITING_SINCE, [moment])[0][0])


def outcomes() -> Mapping[str, int]:
    """Receipts by outcome (stored, quarantined, refused)."""
    found = dict(sql.rows("SELECT outcome, count(*) FROM profiles_receipt GROUP BY outcome"))
    return {choice.name.lower(): int(found.get(choice.value, 0)) for choice in Receipt.Outcome}


def quarantined() -> int:
    """Events set aside because nobody could read them."""
    ((number,),) = sql.rows("SELECT count(*) FROM profiles_quarantined")
    return int(number)
