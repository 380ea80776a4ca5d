"""What the home page says about segments."""

from django.db.models import Count, Q, Sum
from django.urls import reverse

from cdp.lib import clock
from segments.rules.models import Membership, Segment

SHOWN = 5


def cards() -> list[dict[str, str]]:
    """Live segments, people who joined today, and what the last recount had to mend."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    numbers = Segment.objects.aggregate(
        live=Count("pk", filter=Q(state=Segment.State.LIVE)),
        faulty=Count("pk", filter=Q(state=Segment.State.LIVE) & ~Q(fault="")),
        drift=Sum("drift", filter=Q(state=Segment.State.LIVE), default=0),
    )
    joined = Membership.objects.filter(since__gte=today, until__isnull=True).count()
    link = reverse("admin:segments_segment_changelist")
    faulty = f"{numbers['faulty']} need mending" if numbers["faulty"] else "all can be evaluated"
    return [
        {"title": "Live segments", "value": f"{numbers['live']:,}", "note": faulty, "link": link},
        {
            "title": "Joined a segment today",
            "value": f"{joined:,}",
            "note": "people and segments, since midnight UTC",
            "link": link,
        },
        {
            "title": "Changed by the last recount",
            "value": f"{numbers['drift']:,}",
            "note": "stays that began or ended by the passing of time",
            "link": link,
        },
    ]


def needs() -> list[dict[str, str]]:
    """Live segments whose rule cannot be evaluated any more."""
    faulty = Segment.objects.filter(state=Segment.State.LIVE).exclude(fault="").order_by("name")
    return [
        {
            "title": f"Segment “{segment.name}” needs mending",
            "note": segment.fault,
            "link": reverse("admin:segments_segment_read", args=[segment.pk]),
        }
        for segment in faulty[:SHOWN]
    ]
