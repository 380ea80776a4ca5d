"""People and events for these tests, written straight into profiles' tables: what segments read is
the surface, and how rows come about is tested where they are made."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from cdp.lib import clock, ids
from consent import api as consent
from consent.data import Act, Evidence
from profiles.events import partitions
from profiles.identity import nodes
from profiles.models import Behaviour, Event, Identifier, Profile, Value


def allow(profile_id: UUID, *purposes: str, granted: bool = True) -> None:
    """Record this person's choice."""
    consent.record(
        Act(
            act_id=uuid4(),
            subject_id=profile_id,
            purpose=purpose,
            granted=granted,
            occurred_at=clock.now(),
            evidence=Evidence.AUTHENTICATED,
            source="test",
        )
        for purpose in purposes
    )


def someone(*, orders: int = 0, revenue: int = 0, permits: bool = True, **more: Any) -> UUID:
    """A person with a behaviour row, who permits analytics and marketing unless told not to."""
    now = clock.now()
    profile = Profile.objects.create(id=uuid4(), created_at=now, last_seen_at=now)
    Identifier.objects.create(
        id=profile.pk,
        kind="user_id",
        sealed=nodes.seal(profile.pk, profile.pk.hex),
        profile=profile,
        first_seen_at=now,
        last_seen_at=now,
    )
    values: dict[str, Any] = {
        "events": orders, "active_days": 1, "sessions": 1, "seconds": 0, "views": 0, "carts": 0,
        "orders": orders, "revenue": Decimal(revenue), "refunds": 0, "refunded": Decimal(0),
        "pieces": Decimal(0), "first_at": now, "last_at": now,
    }  # fmt: skip
    Behaviour.objects.create(profile_id=profile.pk, **(values | more))
    if permits:
        allow(profile.pk, "analytics", "marketing")
    return profile.pk


def did(
    profile_id: UUID, kind: str = "purchase", *, days_ago: float = 0.01, purposes: int = 15
) -> UUID:
    """Store one event of a person."""
    moment: datetime = clock.now() - timedelta(days=days_ago)
    partitions.ensure_partitions(moment, moment)
    event_id = ids.new()
    Event.objects.create(
        id=event_id, timestamp=moment, received_at=moment, skewed=False, source_id=1,
        message_id=str(event_id), type="track", kind=kind, name=kind, node_id=profile_id,
        profile_id=profile_id, purposes=purposes, order_id="", currency="EUR", items=[],
        quantities=[], prices=[], categories=[], brands=[], properties={}, context={},
    )  # fmt: skip
    return event_id


def has(profile_id: UUID, attribute: str, value: Any) -> None:
    """Store one attribute of a person."""
    now = clock.now()
    Value.objects.create(
        profile_id=profile_id, attribute=attribute, slot="", value=value, node_id=profile_id,
        source_id=1, rank=50, observed_at=now, recorded_at=now, event_id=ids.new(), rule="test",
    )  # fmt: skip
