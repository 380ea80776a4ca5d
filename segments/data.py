"""What segments hands out. Plain frozen data, standard library only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Membership:
    """One stay of a profile in a segment; ``until`` is None while it lasts."""

    segment_id: int
    segment: str
    profile_id: UUID
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SegmentSummary:
    """A segment as other apps refer to it."""

    segment_id: int
    slug: str
    name: str
    size: int
    counted_at: datetime | None
