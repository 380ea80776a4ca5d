"""People, products and events for these tests, written straight into the tables."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from cdp.lib import ids
from consent import api as consent
from consent.data import Act, Evidence
from profiles.data import Event, Line
from profiles.identity import nodes
from profiles.identity.models import Identifier, Profile
from recommendations import api
from recommendations.data import Item
from recommendations.interactions.models import Interaction
from segments.models import RuleVersion, Segment

NOW = timezone.now()


def person(user_id: str, *purposes: str) -> UUID:
    """A stored person known by this user id who granted these purposes."""
    node = nodes.node_id("user_id", user_id)
    Profile.objects.create(id=node, known=True, created_at=NOW, last_seen_at=NOW)
    Identifier.objects.create(
        id=node,
        kind="user_id",
        sealed=nodes.seal(node, user_id),
        profile_id=node,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    grant(node, *purposes)
    return node


def also_known(profile_id: UUID, kind: str, value: str) -> None:
    """One more identifier of a stored person."""
    node = nodes.node_id(kind, value)
    Identifier.objects.create(
        id=node,
        kind=kind,
        sealed=nodes.seal(node, value),
        profile_id=profile_id,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )


def grant(subject: UUID, *purposes: str, granted: bool = True) -> None:
    """A deliberate choice, made now."""
    consent.record(
        Act(
            act_id=ids.new(),
            subject_id=subject,
            purpose=purpose,
            granted=granted,
            occurred_at=timezone.now(),
            evidence=Evidence.AUTHENTICATED,
            source="test",
        )
        for purpose in purposes
    )


def item(item_id: str, *category: str, **values: Any) -> Item:
    """A catalogue item with a name made of its id."""
    given: dict[str, Any] = {
        "name": f"Item {item_id}",
        "category": category,
        "brand": "",
        "price": Decimal("9.90"),
        "currency": "GBP",
        "image_url": "",
        "url": f"/p/{item_id}",
        "in_stock": True,
    }
    return Item(item_id=item_id, **(given | values))


def stock(*items: Item) -> None:
    """Put these on the shelf."""
    api.upsert_items(items)


def touch(profile_id: UUID, item_id: str, *, days: float = 1, **counts: int) -> None:
    """What a person did with an item so many days ago."""
    numbers = {"views": 0, "carts": 0, "purchases": 0, "refunds": 0} | (counts or {"views": 1})
    Interaction.objects.create(
        profile_id=profile_id, item_id=item_id, last_at=NOW - timedelta(days=days), **numbers
    )


def event(
    profile_id: UUID | None,
    kind: str,
    items: Sequence[str | Line],
    *,
    purposes: int,
    at: datetime | None = None,
    source_id: int = 0,
) -> Event:
    """An event as the stage sees it, by default of a source that nobody knows."""
    lines = tuple(each if isinstance(each, Line) else Line(each) for each in items)
    moment = at or NOW
    return Event(
        event_id=ids.new(),
        source_id=source_id,
        message_id=str(ids.new()),
        kind=kind,
        name=kind,
        node_id=profile_id,
        profile_id=profile_id,
        timestamp=moment,
        received_at=moment,
        sent_at=None,
        original_timestamp=None,
        purposes=purposes,
        lines=lines,
        currency="GBP",
    )


def two_tastes(people: int = 24, items: int = 12) -> None:
    """A shop whose people of even number like gifts and those of odd number tools, over 60 days."""
    stock(
        *(item(f"g{n:02}", "Gifts") for n in range(items)),
        *(item(f"t{n:02}", "Tools") for n in range(items)),
    )
    rows: list[Interaction] = []
    for number in range(people):
        profile_id = person(f"crowd-{number}", "personalisation")
        rows.extend(_tastes(profile_id, number, items))
    Interaction.objects.bulk_create(rows)


def _tastes(profile_id: UUID, number: int, items: int) -> Iterable[Interaction]:
    letter = "gt"[number % 2]
    for n in range(items):
        if (n + number) % 4:
            yield Interaction(
                profile_id=profile_id,
                item_id=f"{letter}{n:02}",
                views=1,
                carts=0,
                purchases=int((n + number) % 3 == 0),
                refunds=0,
                last_at=NOW - timedelta(days=(n * 7 + number) % 60),
            )


def live_segment(slug: str) -> Segment:
    """A live segment of people who allow personalisation."""
    segment = Segment.objects.create(slug=slug, name=slug.upper(), purpose="personalisation")
    rule: dict[str, list[str]] = {"all": []}
    version = RuleVersion.objects.create(segment=segment, number=1, rule=rule, author="test")
    segment.current, segment.state = version, Segment.State.LIVE
    segment.save()
    return segment
