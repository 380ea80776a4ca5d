"""The stage that asks consent before anything is kept.

What a person permits is judged for each message by the ledger as it stands after all statements of
the batch, but a grant counts only for messages from its own moment on: so the order in which the
messages lie in the batch decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from consent import api as consent
from consent.data import Act, Basis, Evidence
from profiles.data import Arrival, Batch, Known
from profiles.events import receipts
from profiles.events.personal import reduce_context
from profiles.events.receipts import counted
from profiles.events.wire import CONSENT_UPDATED
from profiles.identity import nodes
from profiles.identity.rules import v1

CONTRACT_KINDS = frozenset({"purchase", "refund", "alias"})
"""Kinds that a shop must process for its contract. An identify call joins them when it names a
user."""

KEEPERS = ("analytics", "personalisation")
"""Any one of these purposes lets browsing be kept."""

_ACTS = UUID("6b0d3a52-9c1e-5a6f-8f0e-0d3f5a2c7b11")
"""The namespace of ids of acts stated by messages."""


_EVIDENCE = {"import": Evidence.IMPORTED}
"""How well an act is proved, by the kind of source that states it; else it is a client's word."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The purposes as the gate needs them: masks, and the consent-based ones by slug."""

    always: int
    keepers: int
    asked: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Heard:
    """What people permit before and after the statements of a batch, and since when each purpose
    (subject and bit) was granted within it."""

    before: Mapping[UUID, int]
    after: Mapping[UUID, int]
    since: Mapping[tuple[UUID, int], datetime]


def gate_on_consent(batch: Batch) -> Batch:
    """Keep what may be kept, under the purposes permitted; receipts of the rest say so."""
    rules = _rules()
    arrivals = [replace(arrival, identifiers=_identifiers(arrival)) for arrival in batch.arrivals]
    subjects = _subjects(arrivals)
    heard = _hear(arrivals, subjects, rules)
    kept: list[Arrival] = []
    refused: list[receipts.Key] = []
    for arrival, subject in zip(arrivals, subjects, strict=True):
        mask = _mask(arrival, subject, rules, heard)
        permitted = _permit(arrival, mask, rules)
        if permitted is None:
            refused.append(receipts.key(arrival.source.source_id, arrival.message_id))
        else:
            kept.append(permitted)
    receipts.refuse(refused)
    counts = counted(batch.counts, refused=len(refused))
    return replace(batch, arrivals=kept, counts=counts)


def _rules() -> Rules:
    known = consent.purposes()
    return Rules(
        always=consent.always_mask(),
        keepers=consent.mask_of(*KEEPERS),
        asked={slug: p.mask for slug, p in known.items() if p.basis is Basis.CONSENT},
    )


def _identifiers(arrival: Arrival) -> tuple[Known, ...]:
    return v1.identifiers(
        user_id=arrival.user_id,
        anonymous_id=arrival.anonymous_id,
        traits=arrival.traits,
        context=arrival.context,
        node_id=nodes.node_id,
    )


def _subjects(arrivals: Iterable[Arrival]) -> list[UUID | None]:
    """Whose consent decides over each message: the profile of its strongest identifier that is
    known already, else the profile that its strongest identifier is about to become."""
    people = list(arrivals)
    known = nodes.peek({i.node_id for arrival in people for i in arrival.identifiers})
    found: list[UUID | None] = []
    for arrival in people:
        ids = [identifier.node_id for identifier in arrival.identifiers]
        present = next((known[node] for node in ids if node in known), None)
        found.append(present or (ids[0] if ids else None))
    return found


def _acts(arrival: Arrival, subject: UUID, rules: Rules) -> Iterable[Act]:
    """What a message states, as acts: deliberate only where stating it was the message's
    purpose."""
    explicit = arrival.name == CONSENT_UPDATED
    for slug, granted in sorted((arrival.consent or {}).items()):
        if slug in rules.asked:
            seed = f"{arrival.source.source_id}\0{arrival.message_id}\0{slug}"
            yield Act(
                act_id=uuid5(_ACTS, seed),
                subject_id=subject,
                purpose=slug,
                granted=granted,
                occurred_at=arrival.timestamp,
                evidence=_EVIDENCE.get(arrival.source.kind, Evidence.CLIENT_ASSERTED),
                source=arrival.source.slug,
                explicit=explicit,
            )


def _hear(arrivals: Iterable[Arrival], subjects: Iterable[UUID | None], rules: Rules) -> Heard:
    """Ask what holds, write down what the messages state, ask again where they stated anything."""
    pairs = list(zip(arrivals, subjects, strict=True))
    before = consent.standings({subject for _, subject in pairs if subject})
    acts = [
        act
        for arrival, subject in pairs
        if subject and arrival.consent
        for act in _acts(arrival, subject, rules)
    ]
    if not acts:
        return Heard(before, before, {})
    consent.record(acts)
    since: dict[tuple[UUID, int], datetime] = {}
    for act in acts:
        place = act.subject_id, rules.asked[act.purpose]
        if act.granted and (place not in since or act.occurred_at < since[place]):
            since[place] = act.occurred_at
    after = consent.standings({act.subject_id for act in acts})
    return Heard(before, {**before, **after}, since)


def _mask(arrival: Arrival, subject: UUID | None, rules: Rules, heard: Heard) -> int:
    """The purposes permitted for one message. Its own refusal always counts."""
    if subject is None:
        return rules.always
    mask = heard.after[subject]
    for slug, bit in rules.asked.items():
        own = (arrival.consent or {}).get(slug)
        granted = heard.since.get((subject, bit))
        too_late = granted is not None and granted > arrival.timestamp
        if own is False or (too_late and not heard.before[subject] & bit):
            mask &= ~bit
    return mask


def _permit(arrival: Arrival, mask: int, rules: Rules) -> Arrival | None:
    """The message as it may be kept; None where it may not be."""
    contract = (
        arrival.kind in CONTRACT_KINDS
        or (arrival.kind == "identify" and bool(arrival.user_id))
        or (arrival.source.kind == "import" and not arrival.identifiers)  # the shop's own books
    )
    purposes = mask & ~rules.always | (mask & rules.always if contract else 0)
    if mask & rules.keepers:
        return replace(arrival, purposes=purposes, context=reduce_context(arrival.context))
    if not (contract and mask & rules.always):
        return None
    return replace(
        arrival,
        purposes=purposes,
        anonymous_id="",
        identifiers=tuple(known for known in arrival.identifiers if known.strong),
        context={},
    )
