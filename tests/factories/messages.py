"""Messages as the gate sees them, for tests that start behind parsing."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from profiles.data import Arrival, Line, SourceInfo
from profiles.events import sources

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
GRANTED: Mapping[str, bool] = {"analytics": True, "personalisation": True, "marketing": True}
_numbers = count(1)


def source(slug: str = "test-web", trust_rank: int = 50) -> SourceInfo:
    """A source of this name, in the database."""
    return sources.ensure(slug, slug, "web", trust_rank=trust_rank)


def message(
    origin: SourceInfo,
    kind: str = "view",
    *,
    user: str = "",
    visitor: str = "",
    minutes: float = 0,
    items: tuple[tuple[str, str, str], ...] = (),
    revenue: str | None = None,
    consent: Mapping[str, bool] | None = GRANTED,
    **more: Any,
) -> Arrival:
    """One message, ``minutes`` after :data:`START`. ``items`` are (id, category, brand)."""
    at = START + timedelta(minutes=minutes)
    call = kind if kind in {"identify", "alias", "page", "screen", "group"} else "track"
    values: dict[str, Any] = {
        "source": origin,
        "type": call,
        "kind": kind,
        "name": kind,
        "message_id": f"message-{next(_numbers)}",
        "timestamp": at,
        "received_at": at,
        "user_id": user,
        "anonymous_id": visitor,
        "consent": consent,
        "lines": tuple(
            Line(item, Decimal(1), Decimal("9.99"), category, brand)
            for item, category, brand in items
        ),
        "revenue": Decimal(revenue) if revenue else None,
    }
    return Arrival(**{**values, **more})
