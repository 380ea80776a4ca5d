"""One place that says what time it is, always in UTC."""

from datetime import UTC, datetime

LANDMARK = datetime(2020, 1, 1, tzinfo=UTC)
"""Forward decay weighs an event by its distance from this fixed instant, so that a decayed
count is a plain sum and does not depend on the order of arrival (Cormode et al., "Forward
Decay", ICDE 2009)."""


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)
