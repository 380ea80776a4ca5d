"""Which of two claims holds. Pure, and the same comparison in SQL."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Weight(NamedTuple):
    """Compares as a tuple: the more trusted source, then the later observation, then, so that ties
    fall the same way everywhere, the greater event id."""

    rank: int
    observed_at: datetime
    event_id: UUID


def outweighs(new: str, old: str) -> str:
    """SQL: the claim under alias ``new`` holds against the one under ``old``."""
    columns = Weight._fields
    left, right = (", ".join(f"{alias}.{name}" for name in columns) for alias in (new, old))
    return f"({left}) > ({right})"


def strongest_first(alias: str) -> str:
    """SQL: an ORDER BY that puts the claim that holds first."""
    return ", ".join(f"{alias}.{name} DESC" for name in Weight._fields)
