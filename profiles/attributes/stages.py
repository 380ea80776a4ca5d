"""The stage that derives attributes, behaviour and affinities from stored events."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from uuid import UUID

from cdp.lib import clock
from consent import api as consent
from profiles.attributes import affinity, behaviour, contextual, core, definitions, write
from profiles.attributes.catalogue import BEHAVIOUR_NAMES, BY_SLUG, CONTEXT, SEEDED, field_names
from profiles.attributes.precedence import Weight
from profiles.attributes.write import Changed, Row
from profiles.data import Batch, Event, Module
from profiles.events.models import Source

_OF_SLOT: Mapping[str, frozenset[str]] = {
    slot: frozenset(
        name
        for one in SEEDED
        if one.slot == slot
        for name in field_names(one.slug, Module.CONTEXTUAL)
    )
    for slot in {one.slot for one in SEEDED if one.slot}
}


def derive_attributes(batch: Batch) -> Batch:
    """Claims and what holds, days and sums, affinities; and ``changed``, by the names rules use."""
    held = write.claims(_rows(batch.events), now=clock.now(), moved=batch.moved)
    active = behaviour.count(batch.events, moved=batch.moved)
    usable = consent.mask_of("analytics", "personalisation")
    affinity.add(batch.events, usable, moved=batch.moved)
    changed: dict[UUID, set[str]] = defaultdict(set)
    for profile_id in active:
        changed[profile_id] |= BEHAVIOUR_NAMES
    for profile_id, names in _names(held):
        changed[profile_id].update(names)
    gone = {merge.loser_id for merge in batch.merges}
    living = {who: frozenset(names) for who, names in changed.items() if who not in gone}
    return replace(batch, changed=living)


def _names(held: Iterable[Changed]) -> Iterator[tuple[UUID, Iterable[str]]]:
    for profile_id, attribute, slot in held:
        if attribute == CONTEXT:
            yield profile_id, _OF_SLOT[slot]
        else:
            module = BY_SLUG[attribute].module if attribute in BY_SLUG else Module.CORE
            yield profile_id, field_names(attribute, module)


def _rows(events: Iterable[Event]) -> Iterator[Row]:
    visits: dict[tuple[UUID, int, date], list[Event]] = defaultdict(list)
    named = []
    for event in events:
        if event.node_id is None or event.profile_id is None:
            continue
        if event.context:
            visits[event.node_id, event.source_id, _day(event.timestamp)].append(event)
        if event.traits:
            named.append(event)
    for (_, _, day), told in visits.items():
        yield from _context_rows(told, datetime.combine(day, time(), UTC))
    if named:
        yield from _core_rows(named)


def _day(at: datetime) -> date:
    return at.date() if at.tzinfo is UTC else at.astimezone(UTC).date()


def _context_rows(visit: list[Event], grain: datetime) -> Iterator[Row]:
    """What one identifier's events of one day and source claim. Only the last to tell of a slot can
    hold, so they are asked from the last to the first, each for what no later one told: a session
    costs little more than one event."""
    known: set[str] = set()
    for event in sorted(visit, key=lambda one: (one.timestamp, one.event_id), reverse=True):
        for claim in contextual.derive(event, known):
            known.add(claim.slot)
            yield Row(
                _known(event.node_id),
                claim.attribute,
                claim.slot,
                grain,
                event.source_id,
                _known(event.profile_id),
                claim.value,
                False,
                # Whoever saw the person last is right about circumstances: all sources rank alike.
                Weight(0, event.timestamp, event.event_id),
                claim.rule,
            )


def _known(person: UUID | None) -> UUID:
    assert person is not None  # noqa: S101  only events of people are handed on
    return person


def _core_rows(events: Iterable[Event]) -> Iterator[Row]:
    told = list(events)
    feeds = definitions.feeds()
    feeds = definitions.foresee({name for event in told for name in core.traits_of(event)}, feeds)
    ranks = dict(Source.objects.values_list("pk", "trust_rank"))
    for event in told:
        for claim in core.derive(event, feeds):
            yield Row(
                _known(event.node_id),
                claim.attribute,
                claim.slot,
                event.timestamp,
                event.source_id,
                _known(event.profile_id),
                claim.value,
                claim.personal,
                Weight(ranks.get(event.source_id, 0), event.timestamp, event.event_id),
                claim.rule,
            )
