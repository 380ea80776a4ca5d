"""The stage that finds the person of each message."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from consent import api as consent
from profiles.data import Arrival, Batch, Event
from profiles.identity.evidence import event_id, gather
from profiles.identity.resolve import NOBODY, resolve


def resolve_identity(batch: Batch) -> Batch:
    """Arrivals become events of profiles; merges and moves of history are told to later stages."""
    ids = [event_id(arrival) for arrival in batch.arrivals]
    evidence = gather(batch.arrivals, ids, unconsented=consent.always_mask())
    found = resolve(evidence) if evidence.seen else NOBODY
    if found.joined or found.parted:
        # Choices may have been recorded under the id this person would have had.
        consent.link_all(found.joined, found.parted)
    events = [
        _event(arrival, identity, found.owners)
        for arrival, identity in zip(batch.arrivals, ids, strict=True)
    ]
    counts = {**batch.counts, "merges": batch.counts.get("merges", 0) + len(found.merges)}
    return replace(batch, events=events, merges=found.merges, moved=found.moved, counts=counts)


def _event(arrival: Arrival, identity: UUID, owners: Mapping[UUID, UUID]) -> Event:
    node = arrival.identifiers[0].node_id if arrival.identifiers else None
    return Event(
        event_id=identity,
        source_id=arrival.source.source_id,
        message_id=arrival.message_id,
        kind=arrival.kind,
        name=arrival.name,
        node_id=node,
        profile_id=owners[node] if node else None,
        timestamp=arrival.timestamp,
        received_at=arrival.received_at,
        sent_at=arrival.sent_at,
        original_timestamp=arrival.original_timestamp,
        purposes=arrival.purposes,
        lines=arrival.lines,
        order_id=arrival.order_id,
        revenue=arrival.revenue,
        currency=arrival.currency,
        properties=arrival.properties,
        context=arrival.context,
        traits=arrival.traits,
        skewed=arrival.skewed,
    )
