"""Building acts for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from consent.data import Act, Evidence

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def act(subject: UUID, purpose: str, granted: bool, hours: float = 0, **changes: Any) -> Act:
    """A deliberate, authenticated act ``hours`` after :data:`START`; ``changes`` say else."""
    fields: dict[str, Any] = {
        "act_id": uuid4(),
        "occurred_at": START + timedelta(hours=hours),
        "evidence": Evidence.AUTHENTICATED,
        "source": "test",
    }
    return Act(subject_id=subject, purpose=purpose, granted=granted, **(fields | changes))
