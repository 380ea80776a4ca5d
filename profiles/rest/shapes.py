"""Profiles and events as JSON, and as OpenAPI describes them. Personal values are masked for keys
without the scope ``profiles:personal``."""

from typing import Any

from rest_framework import serializers

from cdp.lib.masks import mask
from profiles.attributes.history import Version
from profiles.data import AttributeValue, Event, Identifier, Profile


class Attribute(serializers.Serializer[Any]):
    """A value, and why it is that."""

    attribute = serializers.CharField()
    title = serializers.CharField()
    module = serializers.ChoiceField(["core", "behavioural", "contextual", "inferred"])
    value = serializers.JSONField()
    source = serializers.CharField()  # type: ignore[assignment]
    rule = serializers.CharField()
    observed_at = serializers.DateTimeField(allow_null=True)
    recorded_at = serializers.DateTimeField(allow_null=True)
    event_id = serializers.UUIDField(allow_null=True)
    personal = serializers.BooleanField()


class VersionOut(Attribute):
    """A value from one change to the next; null: the attribute was withdrawn."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)


class IdentifierOut(serializers.Serializer[Any]):
    """One way a person is known."""

    type = serializers.CharField()
    value = serializers.CharField()
    first_seen_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()


class ProfileOut(serializers.Serializer[Any]):
    """One person."""

    profile_id = serializers.UUIDField()
    known = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(allow_null=True)
    merged = serializers.ListField(child=serializers.UUIDField())
    identifiers = IdentifierOut(many=True)
    attributes = Attribute(many=True)


class EventOut(serializers.Serializer[Any]):
    """One stored event, with all four times."""

    event_id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    type = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    message_id = serializers.CharField()
    profile_id = serializers.UUIDField(allow_null=True)
    timestamp = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    original_timestamp = serializers.DateTimeField(allow_null=True)
    skewed = serializers.BooleanField()
    purposes = serializers.ListField(child=serializers.CharField())
    order_id = serializers.CharField()
    revenue = serializers.FloatField(allow_null=True)
    currency = serializers.CharField()
    products = serializers.ListField(child=serializers.DictField())
    properties = serializers.DictField()
    traits = serializers.DictField()
    context = serializers.DictField()  # type: ignore[assignment]


class EventPage(serializers.Serializer[Any]):
    """Events, newest first."""

    results = EventOut(many=True)
    next = serializers.URLField(allow_null=True)


class VersionPage(serializers.Serializer[Any]):
    """Versions, newest first."""

    results = VersionOut(many=True)
    next = serializers.URLField(allow_null=True)


class IdentifierPage(serializers.Serializer[Any]):
    """Identifiers, strongest first."""

    results = IdentifierOut(many=True)
    next = serializers.URLField(allow_null=True)


def profile_shape(found: Profile, *, modules: frozenset[str], clear: bool) -> dict[str, Any]:
    """A profile with the attributes of these modules (none named: of all)."""
    return {
        "profile_id": found.profile_id,
        "known": found.known,
        "created_at": found.created_at,
        "last_seen_at": found.last_seen_at,
        "merged": list(found.merged),
        "identifiers": [identifier_shape(one, clear=clear) for one in found.identifiers],
        "attributes": [
            attribute_shape(one, clear=clear)
            for one in found.attributes
            if not modules or one.module.value in modules
        ],
    }


def attribute_shape(one: AttributeValue, *, clear: bool) -> dict[str, Any]:
    """A value with its reasons."""
    return {
        "attribute": one.attribute,
        "title": one.title,
        "module": one.module.value,
        "value": one.value if clear or not one.personal else mask(one.value),
        "source": one.source,
        "rule": one.rule,
        "observed_at": one.observed_at,
        "recorded_at": one.recorded_at,
        "event_id": one.event_id,
        "personal": one.personal,
    }


def version_shape(version: Version, *, clear: bool) -> dict[str, Any]:
    """A value and how long it held."""
    shape = attribute_shape(version.value, clear=clear)
    return shape | {"since": version.since, "until": version.until}


def identifier_shape(one: Identifier, *, clear: bool) -> dict[str, Any]:
    """An identifier."""
    return {
        "type": one.kind,
        "value": one.value if clear else mask(one.value),
        "first_seen_at": one.first_seen_at,
        "last_seen_at": one.last_seen_at,
    }


def event_shape(
    event: Event, call: str, *, source: str, purposes: list[str], personal: dict[str, Any]
) -> dict[str, Any]:
    """A stored event. ``personal`` are its sealed parts, empty for keys that may not see them."""
    return {
        "event_id": event.event_id,
        "source": source,
        "type": call,
        "kind": event.kind,
        "name": event.name,
        "message_id": event.message_id,
        "profile_id": event.profile_id,
        "timestamp": event.timestamp,
        "received_at": event.received_at,
        "sent_at": event.sent_at,
        "original_timestamp": event.original_timestamp,
        "skewed": event.skewed,
        "purposes": purposes,
        "order_id": event.order_id,
        "revenue": event.revenue,
        "currency": event.currency,
        "products": [
            {
                "product_id": line.item_id,
                "quantity": line.quantity,
                "price": line.price,
                "category": line.category,
                "brand": line.brand,
            }
            for line in event.lines
        ],
        "properties": {**event.properties, **personal.get("properties", {})},
        "traits": personal.get("traits", {}),
        "context": event.context,
    }
