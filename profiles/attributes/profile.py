"""One person, whole: identifiers, attributes with their reasons, behaviour; now or as of a time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from consent import api as consent
from profiles.attributes import affinity, behaviour, history
from profiles.attributes.catalogue import BY_SLUG
from profiles.data import AttributeValue, Module, Profile
from profiles.identity import lookup
from profiles.identity.models import Profile as Stored

_DIMENSIONS = {"category": "category_affinity", "brand": "brand_affinity"}
_ORDER = [Module.CORE, Module.BEHAVIOURAL, Module.CONTEXTUAL, Module.INFERRED]


def profile(profile_id: UUID, *, as_of: datetime | None = None) -> Profile | None:
    """The living profile behind this id, personal values in clear (each says that it is personal),
    or None. ``as_of`` answers with what had been observed and had happened until then."""
    living = lookup.canonical(profile_id)
    stored = Stored.objects.filter(pk=living).first() if living else None
    if living is None or stored is None:
        return None
    attributes = [*history.held(living, as_of), *_behaviour(living, as_of)]
    attributes.sort(key=lambda one: (_ORDER.index(one.module), one.title, one.attribute))
    identifiers = lookup.identifiers(living)
    return Profile(
        profile_id=living,
        known=stored.known,
        created_at=stored.created_at,
        last_seen_at=stored.last_seen_at,
        merged=tuple(
            Stored.objects.filter(merged_into=living).order_by("pk").values_list("pk", flat=True)
        ),
        identifiers=tuple(
            one for one in identifiers if as_of is None or one.first_seen_at <= as_of
        ),
        attributes=tuple(attributes),
    )


def _behaviour(profile_id: UUID, at: datetime | None) -> list[AttributeValue]:
    counted = behaviour.values(profile_id, at)
    usable = consent.mask_of("analytics", "personalisation")
    seen: datetime | None = counted.get("last_seen_at")
    found = [_computed(slug, value, behaviour.RULE, seen) for slug, value in counted.items()]
    for dimension, keys in affinity.favourites(profile_id, usable, at).items():
        found.append(_computed(_DIMENSIONS[dimension], keys, affinity.RULE, seen))
    return found


def _computed(slug: str, value: Any, rule: str, observed_at: datetime | None) -> AttributeValue:
    return AttributeValue(
        attribute=slug,
        title=BY_SLUG[slug].title,
        module=Module.BEHAVIOURAL,
        value=value,
        source="computed",
        observed_at=observed_at,
        recorded_at=None,
        rule=rule,
    )
