"""What the invented shop's marketers have set up: five segments, two overrides."""

from typing import Any

from django.contrib.auth.models import User

from recommendations import api as recommendations
from segments import api as segments

GIFT_BOX = "GIF-001"

SEGMENTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "Loyal customers",
        "Three orders or more, the last within 90 days.",
        "personalisation",
        {
            "all": [
                {"attribute": "behavioural.orders", "op": "gte", "value": 3},
                {"attribute": "behavioural.days_since_last_order", "op": "lte", "value": 90},
            ]
        },
    ),
    (
        "Left something in the cart",
        "Put a product in the cart in the last 7 days and did not order.",
        "marketing",
        {
            "all": [
                {"event": "add", "within": {"days": 7}},
                {"event": "purchase", "within": {"days": 7}, "has": False},
            ]
        },
    ),
    (
        "Kitchen and table",
        "Looked at five or more products for kitchen or table in the last 60 days.",
        "personalisation",
        {
            "event": "view",
            "op": "gte",
            "value": 5,
            "within": {"days": 60},
            "where": [{"field": "category", "op": "any_of", "value": ["Kitchen", "Table"]}],
        },
    ),
    (
        "High value",
        "Ordered for more than 300 in all.",
        "personalisation",
        {"attribute": "behavioural.revenue", "op": "gt", "value": 300},
    ),
    (
        "New visitors",
        "First seen in the last 14 days, nothing ordered yet.",
        "personalisation",
        {
            "all": [
                {"attribute": "behavioural.first_seen_at", "op": "within_days", "value": 14},
                {"attribute": "behavioural.orders", "op": "equals", "value": 0},
            ]
        },
    ),
)


def make_segments() -> None:
    """Make and publish the segments that are not there yet."""
    present = {summary.name for summary in segments.summaries()}
    owner = User.objects.get(username="marketer")
    for name, description, purpose, rule in SEGMENTS:
        if name not in present:
            segment = segments.create(
                name=name,
                description=description,
                purpose=purpose,
                rule=rule,
                author=owner.username,
                owner_id=owner.pk,
            )
            segments.publish(segment)


def make_overrides() -> None:
    """Make the overrides that are not there yet: a pin for everyone on the home page, and one
    category shown higher to customers of high value."""
    owner = User.objects.get(username="marketer")
    numbers = {summary.name: summary.segment_id for summary in segments.summaries()}
    recommendations.ensure_override(
        name="Gift box of the month",
        kind="pin",
        owner_id=owner.pk,
        item_ids=[GIFT_BOX],
        placements=["homepage"],
    )
    if "High value" in numbers:  # without its segment the rule would reach everyone
        recommendations.ensure_override(
            name="Jewellery higher for good customers",
            kind="boost",
            owner_id=owner.pk,
            category=["Jewellery"],
            segment_id=numbers["High value"],
            factor=1.5,
        )
