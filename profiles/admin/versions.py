"""The claims about one attribute of one person, as the console shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cdp.lib.masks import mask
from profiles.attributes import write
from profiles.attributes.catalogue import BY_SLUG, CONTEXT
from profiles.attributes.models import Definition, Observation
from profiles.data import Module
from profiles.events.models import Source

MOST = 100


@dataclass(frozen=True, slots=True)
class Claim:
    """One version. ``holds`` marks the claim that the profile shows."""

    text: Any
    masked: bool
    holds: bool
    observed_at: datetime
    recorded_at: datetime
    source: str
    rank: int
    rule: str


def of_attribute(profile_id: UUID, definition: Definition) -> list[Claim]:
    """The newest claims first, at most a hundred. Personal values are masked here always: the page
    of the person is where masks are lifted."""
    names = dict(Source.objects.values_list("pk", "name"))
    found = _observations(profile_id, definition)
    best = max(found, key=lambda one: (one.rank, one.observed_at, one.event_id), default=None)
    return [
        Claim(
            text=_text(one, definition.slug),
            masked=one.sealed is not None,
            holds=one is best,
            observed_at=one.observed_at,
            recorded_at=one.recorded_at,
            source=names.get(one.source_id, "our own reckoning"),
            rank=one.rank,
            rule=one.rule,
        )
        for one in found
    ]


def _observations(profile_id: UUID, definition: Definition) -> list[Observation]:
    """Contextual attributes are kept together, one observation a slot."""
    claims = Observation.objects.filter(profile_id=profile_id)
    if definition.module == Module.CONTEXTUAL and definition.slug in BY_SLUG:
        claims = claims.filter(attribute=CONTEXT, slot=BY_SLUG[definition.slug].slot)
    else:
        claims = claims.filter(attribute=definition.slug)
    return list(claims.order_by("-observed_at")[:MOST])


def _text(claim: Observation, slug: str) -> Any:
    if claim.sealed is not None:
        return mask(write.unseal(claim.node_id, claim.attribute, bytes(claim.sealed)))
    if claim.attribute == CONTEXT and isinstance(claim.value, dict):
        return claim.value.get(slug)
    return claim.value
