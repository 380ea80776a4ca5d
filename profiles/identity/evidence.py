"""What a batch of messages says about who is who."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from profiles.data import Arrival, Known
from profiles.identity.graph import Edge
from profiles.identity.nodes import node_id
from profiles.identity.rules import v1

SAME_MESSAGE, ALIAS = "v1.same_message", "v1.alias"


@dataclass(frozen=True, slots=True)
class Proof:
    """Why two identifiers belong together."""

    event_id: UUID
    rule: str
    observed_at: datetime


@dataclass(slots=True)
class Seen:
    """An identifier as a batch saw it. ``companion`` is the strongest identifier beside it: the
    likely owner, spared a second write when it proves to be."""

    known: Known
    first: datetime
    last: datetime
    companion: UUID

    def again(self, at: datetime) -> None:
        """Widen the time span."""
        self.first, self.last = min(self.first, at), max(self.last, at)


@dataclass(slots=True)
class Evidence:
    """All identifiers and edges of a batch."""

    seen: dict[UUID, Seen] = field(default_factory=dict)
    edges: dict[Edge, Proof] = field(default_factory=dict)

    def note(self, known: Known, at: datetime, companion: UUID) -> None:
        """One identifier in one message."""
        seen = self.seen.get(known.node_id)
        if seen is None:
            self.seen[known.node_id] = Seen(known, at, at, companion)
        else:
            seen.again(at)

    def tie(self, one: UUID, other: UUID, proof: Proof) -> None:
        """Two identifiers are one person's."""
        edge = (one, other) if one < other else (other, one)
        self.edges.setdefault(edge, proof)


def event_id(arrival: Arrival) -> UUID:
    """The id of the event that a message becomes: a function of source and message id, so that the
    same message is the same event in any batch, laid out to sort by time (RFC 9562, version 8)."""
    digest = hashlib.blake2b(
        f"{arrival.source.source_id}\0{arrival.message_id}".encode("utf-8", "surrogatepass"),
        digest_size=10,
    ).digest()
    milliseconds = max(0, int(arrival.timestamp.timestamp() * 1000)) & (1 << 48) - 1
    number = milliseconds << 80 | int.from_bytes(digest, "big")
    number &= ~(0xF << 76 | 0x3 << 62)
    return UUID(int=number | 0x8 << 76 | 0x2 << 62)


def gather(arrivals: Iterable[Arrival], ids: Sequence[UUID], *, unconsented: int) -> Evidence:
    """Identifiers and edges: within a message everything is tied to its strongest identifier.

    ``unconsented`` is the mask of purposes that need no consent; an alias permitted for nothing
    more does not tie a device.
    """
    evidence = Evidence()
    for arrival, event in zip(arrivals, ids, strict=True):
        if not arrival.identifiers:
            continue
        first, *others = arrival.identifiers
        at = arrival.timestamp
        for known in arrival.identifiers:
            evidence.note(known, at, first.node_id)
        for known in others:
            evidence.tie(first.node_id, known.node_id, Proof(event, SAME_MESSAGE, at))
        former = _former(arrival, unconsented)
        if former is not None and former.node_id != first.node_id:
            evidence.note(former, at, first.node_id)
            evidence.tie(first.node_id, former.node_id, Proof(event, ALIAS, at))
    return evidence


def _former(arrival: Arrival, unconsented: int) -> Known | None:
    if arrival.kind != "alias" or not arrival.previous_id:
        return None
    former = v1.previous(arrival.previous_id, node_id=node_id)
    if former is None or (not former.strong and not arrival.purposes & ~unconsented):
        return None
    return former
