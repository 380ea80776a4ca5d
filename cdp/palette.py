"""What the palette (Ctrl K) finds beside pages: a person by an exact identifier, segments and
overrides by name.

unfold's own search walks every match of every model and keeps the labels for five minutes; this
asks a handful of indexed questions and keeps nothing.
"""

from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from profiles import api as profiles
from recommendations import api as recommendations
from segments import api as segments

MOST = 20
_KINDS = ("email", "user_id", "phone", "external_id", "anonymous_id")


def search(request: HttpRequest, term: str) -> list[SearchResult]:
    """The palette's ``search_callback``. A person is named by their id only."""
    found: list[SearchResult] = []
    if request.user.has_perm("profiles.view_profile"):
        found += _people(term)
    if request.user.has_perm("segments.view_segment"):
        found += _segments(term)
    if request.user.has_perm("recommendations.view_override"):
        found += _overrides(term)
    return found[:MOST]


def _people(term: str) -> list[SearchResult]:
    asked = (profiles.resolve(kind, term) for kind in _KINDS)
    person = next((one for one in asked if one), None) or _by_id(term)
    if person is None:
        return []
    return [
        SearchResult(
            title=f"Person {str(person)[:8]}",
            description="exactly this identifier",
            link=reverse("admin:person", args=[person]),
            icon="person",
        )
    ]


def _by_id(term: str) -> UUID | None:
    try:
        return profiles.canonical(UUID(term))
    except ValueError:
        return None


def _segments(term: str) -> list[SearchResult]:
    return [
        SearchResult(
            title=one.name,
            description=f"Segment, {one.size:,} people",
            link=reverse("admin:segments_segment_read", args=[one.segment_id]),
            icon="category",
        )
        for one in segments.summaries()
        if term.lower() in one.name.lower()
    ]


def _overrides(term: str) -> list[SearchResult]:
    return [
        SearchResult(
            title=name,
            description=f"Override: {what}",
            link=reverse("admin:recommendations_override_change", args=[override_id]),
            icon="push_pin",
        )
        for override_id, name, what in recommendations.overrides_named(term, limit=MOST)
    ]
