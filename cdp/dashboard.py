"""The home page of the console: what is going on, and what needs someone."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from cdp.lib import clock
from profiles import api as profiles
from profiles.data import Module

Card = dict[str, str]

LATE = 60
"""Seconds after which waiting events are worth a word."""

SOURCES: Sequence[tuple[str, str, str]] = (
    ("People", "profiles", "profiles.view_profile"),
    ("Segments", "segments", "segments.view_segment"),
    ("Suggestions", "recommendations", "recommendations.view_override"),
    ("Privacy", "consent", "consent.view_request"),
)
"""Headings, the apps with numbers for them, and the permissions that open them."""

NEEDING: Sequence[tuple[str, str]] = (
    ("consent", "consent.change_request"),
    ("segments", "segments.add_segment"),
    ("recommendations", "recommendations.change_override"),
)
"""The apps that know of something that waits for somebody, and who that somebody is."""


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's ``DASHBOARD_CALLBACK``: what the template shows."""
    may = request.user.has_perm
    groups = [(title, _cards(app)) for title, app, permission in SOURCES if may(permission)]
    days, series = _filling() if may("profiles.view_profile") else ([], {})
    return context | {
        "groups": [(title, cards) for title, cards in groups if cards],
        "needs": _needs(request),
        "counted_at": clock.now(),
        "days": days,
        "series": series,
    }


def _cards(app: str) -> list[Card]:
    cards: list[Card] = import_string(f"{app}.dashboard.cards")()
    return cards


def _needs(request: HttpRequest) -> list[Card]:
    """What waits for the person who is signed in, and where to mend it."""
    may = request.user.has_perm
    needs: list[Card] = [
        need
        for app, permission in NEEDING
        if may(permission)
        for need in import_string(f"{app}.dashboard.needs")()
    ]
    if may("profiles.view_quarantined") and (number := profiles.quarantined()):
        needs.append(
            {
                "title": f"{number:,} messages in quarantine",
                "note": "They could not be read. See why, and mend the sender.",
                "link": reverse("admin:profiles_quarantined_changelist"),
            }
        )
    if may("profiles.view_source") and (lag := profiles.digest_lag()) > LATE:
        needs.append(
            {
                "title": f"Events wait for {lag:,.0f} seconds",
                "note": "The digest process is behind or stopped. Nothing is lost.",
                "link": reverse("admin:profiles_source_changelist"),
            }
        )
    return needs


def _filling() -> tuple[list[date], dict[str, list[float]]]:
    """The days of the completeness picture, and by module the share on each."""
    told = {
        module.value.title(): dict(profiles.completeness_over_time(module)) for module in Module
    }
    days = sorted({day for shares in told.values() for day in shares})[-90:]
    return days, {
        name: [shares.get(day, 0.0) for day in days] for name, shares in told.items() if shares
    }
