"""The Python door of segments."""

from segments.rules.membership import recompute
from segments.rules.people import members, memberships_of, segment_ids_of, summaries
from segments.rules.versions import create, publish, reword

__all__ = [
    "create",
    "members",
    "memberships_of",
    "publish",
    "recompute",
    "reword",
    "segment_ids_of",
    "summaries",
]
