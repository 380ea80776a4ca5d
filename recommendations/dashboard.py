"""This app's numbers on the home page."""

from datetime import timedelta

from django.urls import reverse

from cdp.lib import clock
from recommendations.catalog.reading import totals
from recommendations.overrides.models import Override
from recommendations.training.models import Run

SOON = 3
"""Days before its end from which an override is named on the home page."""
SHOWN = 5


def cards() -> list[dict[str, str]]:
    """The catalogue, the models in use, the rules in force."""
    stock = totals()
    live = Run.objects.filter(state=Run.State.LIVE).order_by("algorithm")
    newest = max((run.published_at for run in live if run.published_at), default=None)
    rules = Override.objects.filter(enabled=True, state=Override.State.PUBLISHED).count()
    trained = f"Newest from {newest:%d %b %H:%M} UTC" if newest else "Not trained yet"
    return [
        {
            "title": "Products",
            "value": f"{stock['items']:,}",
            "note": f"{stock['out_of_stock']:,} out of stock, {stock['learned']:,} only in events",
            "link": reverse("admin:recommendations_item_changelist"),
        },
        {
            "title": "Suggestion models in use",
            "value": str(len(live)),
            "note": trained,
            "link": reverse("admin:recommendations_run_changelist"),
        },
        {
            "title": "Rules published",
            "value": str(rules),
            "note": "Pins, boosts and hidden products",
            "link": reverse("admin:recommendations_override_changelist"),
        },
    ]


def needs() -> list[dict[str, str]]:
    """Overrides in force that end within days."""
    now = clock.now()
    ending = Override.objects.filter(
        enabled=True,
        state=Override.State.PUBLISHED,
        ends_at__gt=now,
        ends_at__lte=now + timedelta(days=SOON),
    )
    return [
        {
            "title": f"Override “{override.name}” ends {override.ends_at:%d %b, %H:%M} UTC",
            "note": "Prolong it, or let it end.",
            "link": reverse("admin:recommendations_override_change", args=[override.pk]),
        }
        for override in ending.order_by("ends_at")[:SHOWN]
    ]
