"""The stage that derives attributes, behaviour and affinities from stored events."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
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
    named = []
    for event in events:
        if event.node_id is None or event.profile_id is None:
            continue
        # Whoever saw the person last is right about the circumstances: all sources rank alike.
        weight = Weight(0, event.timestamp, event.event_id)
        grain = datetime.combine(event.timestamp.astimezone(UTC).date(), time(), UTC)
        for claim in contextual.derive(event):
            yield Row(
                event.node_id,
                claim.attribute,
                claim.slot,
                grain,
                event.source_id,
                event.profile_id,
                claim.value,
                False,
                weight,
                claim.rule,
            )
        if event.traits:
            named.append(event)
    if named:
        yield from _core_rows(named)


def _core_rows(events: Iterable[Event]) -> Iterator[Row]:
    told = list(events)
    feeds = definitions.feeds()
    feeds = definitions.foresee({name for event in told for name in core.traits_of(event)}, feeds)
    ranks = dict(Source.objects.values_list("pk", "trust_rank"))
    for event in told:
        for claim in core.derive(event, feeds):
            assert event.node_id is not None  # noqa: S101  only such events are handed on
            assert event.profile_id is not None  # noqa: S101
            yield Row(
                event.node_id,
                claim.attribute,
                claim.slot,
                event.timestamp,
                event.source_id,
                event.profile_id,
                claim.value,
                claim.personal,
                Weight(ranks.get(event.source_id, 0), event.timestamp, event.event_id),
                claim.rule,
            )
