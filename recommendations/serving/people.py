"""Who asks, and what may be known of them here."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import DatabaseError

from consent import api as consent
from profiles import api as profiles
from recommendations.algorithms.signals import faded, strength
from recommendations.data import Query
from recommendations.interactions import counting
from recommendations.interactions.counting import Touch
from recommendations.overrides import live
from segments import api as segments

logger = logging.getLogger(__name__)

PURPOSE = "personalisation"
PROOF = "anonymous_id"
"""The identifier that only the visitor's own browser knows. A user id stands on invoices and in
links."""
RECENT = 50
"""Items of a person that speak for their taste."""


@dataclass(frozen=True, slots=True)
class Person:
    """What serving may use. Without consent there is nothing here to use: ``touches`` and
    ``segment_ids`` are empty, as for a stranger. ``discreet``: nothing shows that the one who asks
    is this person, so no reason may tell what they did."""

    permitted: bool = False
    touches: tuple[Touch, ...] = ()
    segment_ids: frozenset[int] = frozenset()
    discreet: bool = False
    degraded: tuple[str, ...] = ()

    @property
    def bought(self) -> frozenset[str]:
        """Everything the person ever ordered."""
        return frozenset(touch.item_id for touch in self.touches if touch.purchases > 0)

    @property
    def history(self) -> list[tuple[str, float]]:
        """The latest items with the strength of interest, faded by how long before the newest one
        they lie: who comes back after a year is known by what they liked then, not a stranger."""
        return [
            (
                touch.item_id,
                faded(
                    strength(touch.views, touch.carts, touch.purchases, touch.refunds),
                    (self.touches[0].last_at - touch.last_at).total_seconds() / 86_400,
                ),
            )
            for touch in self.touches[:RECENT]
        ]


STRANGER = Person()


def find(query: Query, rules: Sequence[live.LiveRule]) -> Person:
    """The person behind a query in at most three queries: who and what is permitted, what they did,
    and, only where a rule for this placement asks, which segments they are in. Where the database
    fails the answer is a stranger, marked ``profile``."""
    if not query.identifiers:
        return STRANGER
    try:
        visitor = profiles.visitor(query.identifiers)
        if visitor.profile_id is None or not visitor.purposes & consent.mask_of(PURPOSE):
            return STRANGER
        person = load(visitor.profile_id, live.need_segments(rules, query.placement))
    except DatabaseError:
        logger.warning("a person could not be read; answering as to a stranger")
        return Person(degraded=("profile",))
    proved = query.trusted or PROOF in visitor.kinds
    return person if proved else replace(person, discreet=True)


def load(profile_id: UUID, with_segments: bool) -> Person:
    """A person who permits personalisation (the caller has checked)."""
    touches = tuple(counting.of(profile_id))
    segment_ids = segments.segment_ids_of(profile_id) if with_segments else frozenset()
    return Person(permitted=True, touches=touches, segment_ids=segment_ids)


def permitted(profile_id: UUID) -> bool:
    """Whether this person's data may be used for suggestions now."""
    return consent.permits(profile_id, PURPOSE)
