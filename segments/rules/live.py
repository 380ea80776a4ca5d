"""Memberships after a batch of events: only the people it touched, only rules that can notice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from cdp.lib import clock, sql
from consent import api as consent
from profiles import api as profiles
from profiles.data import Batch, Facts
from segments.rules import plans
from segments.rules.evaluate import Person, holds
from segments.rules.membership import LOCK
from segments.rules.plans import Plan

log = structlog.get_logger("segments")


@dataclass(slots=True)
class Moves:
    """What changed, as (segment id, profile id), and the segments that could not be evaluated."""

    entered: list[tuple[int, UUID]] = field(default_factory=list)
    left: list[tuple[int, UUID]] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Touched:
    """One person of the batch: what it may have changed, and the segments they are in (slugs)."""

    profile_id: UUID
    mask: int
    inside: set[str]
    wholly: bool
    fields: frozenset[str] = frozenset()
    kinds: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


Queue = dict[UUID, _Touched]
"""The people one rule has to be asked about."""


def evaluate_batch(batch: Batch, *, now: Callable[[], datetime] = clock.now) -> Moves:
    """Evaluate live segments for the people of a batch and write who entered and left."""
    losers = {merge.loser_id for merge in batch.merges}
    _drop(losers)
    people = sorted((batch.profile_ids | batch.heard) - losers)
    if not people:
        return Moves()
    sql.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [LOCK])
    surface = profiles.surface()
    ready = plans.live(surface)
    if not ready:
        return Moves()
    moment = now()
    touched = _touched(batch, people, ready)
    queues = _queues(ready, touched)
    needed = sorted({profile_id for queue in queues for profile_id in queue})
    facts: Mapping[UUID, Facts] = {}
    if needed:
        asked = [plan for plan, queue in zip(ready, queues, strict=True) if queue]
        facts = profiles.facts(needed, since=plans.looks_back_to(asked, moment))
    moves = decide(ready, queues, facts, moment)
    _write(moves, moment)
    return moves


def decide(
    ready: Sequence[Plan], queues: Sequence[Queue], facts: Mapping[UUID, Facts], now: datetime
) -> Moves:
    """Who enters and leaves. A rule that fails is set aside whole; the others go on. Whoever moves
    is queued for the rules that ask about this segment, which come later in the order."""
    moves = Moves()
    people = _People(facts, now)
    asking: dict[str, list[int]] = {}
    for index, plan in enumerate(ready):
        for slug in plan.needs:
            asking.setdefault(slug, []).append(index)
    for plan, queue in zip(ready, queues, strict=True):
        try:
            changed = [
                (who, want)
                for who in queue.values()
                if (want := _wanted(plan, who, people)) is not None
                and want is not (plan.slug in who.inside)
            ]
        except Exception as failure:
            # Whatever a rule does, the events of its neighbours must go on. The class says enough:
            # a message could hold somebody's value.
            moves.faults[plan.segment_id] = f"Evaluation failed ({type(failure).__name__})."
            continue
        for who, want in changed:
            (moves.entered if want else moves.left).append((plan.segment_id, who.profile_id))
            (who.inside.add if want else who.inside.discard)(plan.slug)
            for index in asking.get(plan.slug, ()):
                queues[index][who.profile_id] = who
    return moves


def _queues(ready: Sequence[Plan], touched: Sequence[_Touched]) -> list[Queue]:
    """For each plan, the people for whom the batch can have changed its answer. Most people of a
    batch did the same things, so which plans that reaches is found once for all of them."""
    queues: list[Queue] = [{} for _ in ready]
    places = {plan.slug: index for index, plan in enumerate(ready)}
    reached: dict[Any, tuple[int, ...]] = {}
    for who in touched:
        deed = (who.wholly, who.fields, frozenset(who.kinds), frozenset(who.names))
        if deed not in reached:
            reached[deed] = tuple(index for index, plan in enumerate(ready) if _reaches(who, plan))
        for index in reached[deed]:
            queues[index][who.profile_id] = who
        for slug in who.inside:
            if not who.mask & ready[places[slug]].purposes:
                queues[places[slug]][who.profile_id] = who
    return queues


def _reaches(who: _Touched, plan: Plan) -> bool:
    return (
        who.wholly
        or not who.fields.isdisjoint(plan.fields)
        or (plan.behaviour and bool(who.kinds))
        or not who.kinds.isdisjoint(plan.kinds)
        or not who.names.isdisjoint(plan.names)
    )


class _People:
    """Persons by the mask under which a rule may look at them, made when first asked for."""

    def __init__(self, facts: Mapping[UUID, Facts], now: datetime) -> None:
        self.facts, self.now = facts, now
        self.made: dict[tuple[UUID, int], Person] = {}

    def of(self, who: _Touched, purposes: int) -> Person | None:
        key = (who.profile_id, purposes)
        if key not in self.made:
            if who.profile_id not in self.facts:
                return None
            self.made[key] = Person(
                self.facts[who.profile_id], who.inside, now=self.now, purposes=purposes
            )
        return self.made[key]


def _wanted(plan: Plan, who: _Touched, people: _People) -> bool | None:
    """Whether this person belongs in; None where nothing is known of them any more."""
    if not who.mask & plan.purposes:
        return False
    person = people.of(who, plan.purposes)
    return holds(plan.node, person) if person else None


def _touched(batch: Batch, people: Sequence[UUID], ready: Sequence[Plan]) -> list[_Touched]:
    """What the batch did, by person. Evaluated wholly are those in no segment (they may be new),
    those whose history changed hands, and those whose message states consent, which may just have
    opened or closed doors, even where the message itself was not kept or went to somebody else."""
    slugs = {plan.segment_id: plan.slug for plan in ready}
    inside: dict[UUID, set[str]] = {profile_id: set() for profile_id in people}
    for profile_id, segment_id in sql.rows(
        "SELECT profile_id, segment_id FROM segments_membership"
        " WHERE profile_id = ANY(%s) AND until IS NULL",
        [people],
    ):
        if segment_id in slugs:
            inside[profile_id].add(slugs[segment_id])
    masks = consent.standings(people)
    moved = batch.moved.union(merge.winner_id for merge in batch.merges)
    spoke = {(a.source.source_id, a.message_id) for a in batch.arrivals if a.consent is not None}
    found = {
        profile_id: _Touched(
            profile_id,
            masks[profile_id],
            inside[profile_id],
            wholly=profile_id in moved or profile_id in batch.heard or not inside[profile_id],
            fields=batch.changed.get(profile_id, frozenset()),
        )
        for profile_id in people
    }
    for event in batch.events:
        who = found.get(event.profile_id) if event.profile_id else None
        if who:
            who.kinds.add(event.kind)
            who.names.add(event.name)
            who.wholly = who.wholly or (event.source_id, event.message_id) in spoke
    return list(found.values())


def _drop(losers: Iterable[UUID]) -> None:
    """A profile that proved to be another's is in nothing; the survivor is evaluated."""
    wanted = sorted(losers)
    if wanted:
        sql.execute("DELETE FROM segments_membership WHERE profile_id = ANY(%s)", [wanted])


def _write(moves: Moves, now: datetime) -> None:
    for segment_id, reason in sorted(moves.faults.items()):
        plans.mark_faulty(segment_id, reason)
    if moves.left:
        segments, people = zip(*sorted(moves.left), strict=True)
        sql.execute(
            "UPDATE segments_membership m SET until = GREATEST(m.since, %s)"
            " FROM unnest(%s::bigint[], %s::uuid[]) AS gone(segment_id, profile_id)"
            " WHERE m.segment_id = gone.segment_id AND m.profile_id = gone.profile_id"
            " AND m.until IS NULL",
            [now, list(segments), list(people)],
        )
    if moves.entered:
        segments, people = zip(*sorted(moves.entered), strict=True)
        sql.execute(
            "INSERT INTO segments_membership (segment_id, profile_id, since)"
            " SELECT s, p, %s FROM unnest(%s::bigint[], %s::uuid[]) AS fresh(s, p)"
            " ON CONFLICT (segment_id, profile_id) WHERE until IS NULL DO NOTHING",
            [now, list(segments), list(people)],
        )
