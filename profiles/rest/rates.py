"""How fast one source may send: a token bucket for each write key, in each server process."""

import threading
import time

from django.conf import settings

from cdp.lib.errors import Problem

BURST_SECONDS = 5
"""How many seconds' worth of requests may come at once."""

_lock = threading.Lock()
_buckets: dict[int, tuple[float, float]] = {}


def spend(source_id: int) -> None:
    """Count one request. Raises a problem with status 429 when the source sends too fast."""
    rate = float(settings.COLLECT_MAX_RATE)
    now = time.monotonic()
    with _lock:
        tokens, then = _buckets.get(source_id, (rate * BURST_SECONDS, now))
        tokens = min(rate * BURST_SECONDS, tokens + (now - then) * rate)
        allowed = tokens >= 1
        _buckets[source_id] = (tokens - 1 if allowed else tokens, now)
    if not allowed:
        raise Problem(
            "too_many_requests",
            "This key sends too fast. Wait for the seconds in Retry-After, or send larger batches.",
            status=429,
        )


def forget() -> None:
    """Start all buckets full."""
    with _lock:
        _buckets.clear()
