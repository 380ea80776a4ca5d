"""The path of a request for recommendations.

consent → candidates → rank → overrides → reasons. In memory, except for the person: one query for
who they are and what they permit, one for what they did, and one for their segments where a rule
asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from cdp.lib import clock, ids
from recommendations.algorithms.fusion import fuse
from recommendations.data import Query, Scored, Slate
from recommendations.overrides.apply import Candidate, Outcome, apply
from recommendations.overrides.live import LiveRule
from recommendations.serving import people, shop
from recommendations.serving.candidates import (
    DEEP,
    PERSONAL,
    WEIGHTS,
    Allowed,
    Found,
    depth,
    gather,
)
from recommendations.serving.people import Person
from recommendations.serving.reasons import Explainer
from recommendations.serving.shelf import Shelf
from recommendations.serving.shop import Shop


def serve(query: Query) -> Slate:
    """The answer to one question of a storefront."""
    present = shop.current()
    person = people.find(query, present.rules)
    return slate(present, person, query)


def slate(present: Shop, person: Person, query: Query) -> Slate:
    """The answer, from what is in memory. No query is sent from here on."""
    at = query.at or clock.now()
    rules = holding(present.rules, person, query, at)
    ranked = rank(present, person, query, at)
    outcome = overrule(present, ranked, query, rules)
    if outcome.removed and len(outcome.placed) < query.limit:
        ranked = rank(present, person, query, at, DEEP)
        outcome = overrule(present, ranked, query, rules)
    explainer = Explainer(present, query, person, ranked.history, ranked.found.rankings)
    items = tuple(
        Scored(
            item_id=placed.item_id,
            score=round(placed.score, 6),
            reason=reason,
            override=placed.rule.name if placed.rule else "",
        )
        for placed, reason in zip(outcome.placed, explainer.all(outcome.placed), strict=True)
    )
    return Slate(
        request_id=ids.new(),
        placement=query.placement,
        items=items,
        personalised=not PERSONAL.isdisjoint(ranked.found.rankings),
        algorithm="+".join(sorted(ranked.found.rankings)),
        degraded=tuple(sorted({*person.degraded, *ranked.found.degraded})),
    )


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scores before any rule by item, the best first, and what led to them."""

    scores: Mapping[str, float]
    history: Sequence[tuple[str, float]]
    found: Found
    allowed: Allowed


def rank(present: Shop, person: Person, query: Query, at: datetime, pool: int = 0) -> Ranked:
    """Candidates of all sources, at most ``pool`` each (0: as many as the answer needs), fused.
    Items that may not be shown are not among them."""
    history = person.history if person.permitted else []
    allowed = Allowed(present, person, query, at)
    found = gather(present, query, history, allowed, pool or depth(query))
    return Ranked(fuse(found.rankings, WEIGHTS), history, found, allowed)


def holding(
    rules: Sequence[LiveRule], person: Person, query: Query, at: datetime
) -> list[LiveRule]:
    """The rules that speak here, now, to this person."""
    return [rule for rule in rules if rule.holds(query.placement, person.segment_ids, at)]


def overrule(present: Shop, ranked: Ranked, query: Query, rules: Sequence[LiveRule]) -> Outcome:
    """The ranking under these rules. What may not be shown cannot be pinned either."""
    pinned = {item for each in rules if each.rule.kind == "pin" for item in each.rule.item_ids}
    forbidden: Mapping[str, str] = {
        item: why for item in sorted(pinned) if (why := ranked.allowed.obstacle(item))
    }
    pinnable = {
        item: _candidate(present.shelf, item, 0.0) for item in pinned if item not in forbidden
    }
    # Without rules the order stands, and no more is needed than is shown.
    looked_at = islice(ranked.scores.items(), None if rules else query.limit)
    return apply(
        [_candidate(present.shelf, item, score) for item, score in looked_at],
        [each.rule for each in rules],
        limit=query.limit,
        pinnable=pinnable,
        forbidden=forbidden,
    )


def _candidate(shelf: Shelf, item_id: str, score: float) -> Candidate:
    item = shelf[item_id].item
    return Candidate(item_id, score, item.category, item.brand, item.tags)
