"""This app's numbers on the home page."""

from datetime import timedelta

from django.urls import reverse

from cdp.lib import clock, sql
from profiles.quality import completeness

_NUMBERS = """
SELECT
    (SELECT count(*) FROM profiles_profile WHERE merged_into_id IS NULL),
    (SELECT count(*) FROM profiles_profile WHERE merged_into_id IS NULL AND known),
    (SELECT count(*) FROM profiles_event WHERE timestamp >= %(since)s),
    (SELECT count(DISTINCT profile_id) FROM profiles_event WHERE timestamp >= %(since)s)
"""


def cards() -> list[dict[str, str]]:
    """People, what they did lately, and how much is known of them."""
    since = clock.now() - timedelta(days=1)
    people, known, events, active = sql.rows(_NUMBERS, {"since": since})[0]
    days = completeness.over_time()
    share = f"{100 * days[-1][1]:.0f} %" if days else "none yet"
    link = reverse("admin:profiles_profile_changelist")
    return [
        {"title": "People", "value": f"{people:,}", "note": f"{known:,} known", "link": link},
        {
            "title": "Events in 24 hours",
            "value": f"{events:,}",
            "note": f"by {active:,} people",
            "link": link,
        },
        {
            "title": "Completeness of profiles",
            "value": share,
            "note": f"measured {days[-1][0]:%d %b}" if days else "not measured yet",
            "link": reverse("admin:profiles_completeness"),
        },
    ]
