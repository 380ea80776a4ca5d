"""The stage that asks consent before anything is kept.

What a person permits is judged for each message by the ledger as it stands after all statements of
the batch, but a grant counts only for messages from its own moment on: so the order in which the
messages lie in the batch decides nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


Stance = tuple[int, int]
"""The masks of what a subject permits and of what they said no to."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What people permit before and after the statements of a batch, and since when each purpose
    (subject and bit) was granted within it."""

    before: Mapping[UUID, Stance]
    after: Mapping[UUID, Stance]
    since: Mapping[tuple[UUID, int], datetime]

    @property
    def changed(self) -> frozenset[UUID]:
        """Those of whom something else is permitted after the batch than before."""
        return frozenset(s for s, stance in self.after.items() if stance != self.before[s])


def gate_on_consent(batch: Batch) -> Batch:
    """Keep what may be kept, under the purposes permitted; receipts of the rest say so."""
    rules = _rules()
    known = [_identifiers(arrival) for arrival in batch.arrivals]
    subjects = _subjects(known)
    heard = _hear(batch.arrivals, subjects, rules)
    kept: list[Arrival] = []
    refused: list[receipts.Key] = []
    for arrival, identifiers, named in zip(batch.arrivals, known, subjects, strict=True):
        mask = _mask(arrival, named, rules, heard)
        permitted = _permit(arrival, identifiers, mask, rules)
        if permitted is None:
            refused.append(receipts.key(arrival.source.source_id, arrival.message_id))
        else:
            kept.append(permitted)
    receipts.refuse(refused)
    counts = counted(batch.counts, refused=len(refused))
    return replace(batch, arrivals=kept, heard=heard.changed, counts=counts)


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


def _subjects(identifiers: Sequence[tuple[Known, ...]]) -> list[tuple[UUID, ...]]:
    """Everyone whom each message names, each once: the profiles of its identifiers or, of those not
    known yet, the profiles they would become. First comes who its own statements are recorded for:
    the profile of its strongest identifier that is known, else its strongest identifier's."""
    known = nodes.peek({i.node_id for mine in identifiers for i in mine})
    found: list[tuple[UUID, ...]] = []
    for mine in identifiers:
        present = [known[i.node_id] for i in mine if i.node_id in known]
        would_be = [i.node_id for i in mine if i.node_id not in known]
        found.append(tuple(dict.fromkeys([*present, *would_be])))
    return found


def _acts(
    pairs: Iterable[tuple[Arrival, UUID | None]], before: Mapping[UUID, Stance], rules: Rules
) -> Iterator[Act]:
    """What the messages state, as acts, in the order of their moments. A state that a client merely
    repeats is an act only where it changes something."""
    stating = [(arrival, subject) for arrival, subject in pairs if subject and arrival.consent]
    stating.sort(key=lambda pair: (pair[0].timestamp, pair[0].name != CONSENT_UPDATED))
    state: dict[tuple[UUID, str], bool] = {}
    for arrival, subject in stating:
        assert subject is not None  # noqa: S101  for the type checker: filtered above
        explicit = arrival.name == CONSENT_UPDATED
        for slug, granted in sorted((arrival.consent or {}).items()):
            if slug not in rules.asked:
                continue
            holds = state.get((subject, slug))
            if holds is None and before[subject][0] & rules.asked[slug]:
                holds = True
            state[subject, slug] = granted
            if explicit or holds is not granted:
                yield _act(arrival, subject, slug, granted)


def _act(arrival: Arrival, subject: UUID, purpose: str, granted: bool) -> Act:
    return Act(
        act_id=uuid5(_ACTS, f"{arrival.source.source_id}\0{arrival.message_id}\0{purpose}"),
        subject_id=subject,
        purpose=purpose,
        granted=granted,
        occurred_at=arrival.timestamp,
        evidence=_EVIDENCE.get(arrival.source.kind, Evidence.CLIENT_ASSERTED),
        source=arrival.source.slug,
        explicit=arrival.name == CONSENT_UPDATED,
    )


def _hear(arrivals: Iterable[Arrival], subjects: Sequence[tuple[UUID, ...]], rules: Rules) -> Heard:
    """Ask what holds, write down what the messages state, ask again where they stated anything."""
    before = consent.stances({subject for named in subjects for subject in named})
    speakers = [named[0] if named else None for named in subjects]
    acts = list(_acts(zip(arrivals, speakers, strict=True), before, rules))
    if not acts:
        return Heard(before, before, {})
    consent.record(acts)
    since: dict[tuple[UUID, int], datetime] = {}
    for act in acts:
        place = act.subject_id, rules.asked[act.purpose]
        if act.granted and (place not in since or act.occurred_at < since[place]):
            since[place] = act.occurred_at
    after = consent.stances({act.subject_id for act in acts})
    return Heard(before, {**before, **after}, since)


def _mask(arrival: Arrival, named: Sequence[UUID], rules: Rules, heard: Heard) -> int:
    """The purposes permitted for one message: what anyone it names permits and none of them said no
    to, for they are about to be one person, or share a device. What the message itself refuses
    always counts; a choice that it tells of answers for all."""
    if not named:
        return rules.always
    own = arrival.consent or {}
    refused = sum(bit for slug, bit in rules.asked.items() if own.get(slug) is False)
    chosen = 0
    if arrival.name == CONSENT_UPDATED:
        chosen = sum(bit for slug, bit in rules.asked.items() if own.get(slug))
    mask = denied = 0
    for place, subject in enumerate(named):
        permitted, said_no = heard.after[subject]
        mask |= permitted & ~_too_late(arrival, subject, rules, heard)
        frozen = said_no < 0  # under restriction nothing is answered for them
        denied |= said_no & ~chosen if place and not frozen else said_no
    return mask & ~denied & ~refused


def _too_late(arrival: Arrival, subject: UUID, rules: Rules, heard: Heard) -> int:
    """The purposes that a subject granted only after this message."""
    late = 0
    for bit in rules.asked.values() if heard.since else ():
        granted = heard.since.get((subject, bit))
        if granted and granted > arrival.timestamp and not heard.before[subject][0] & bit:
            late |= bit
    return late


def _permit(
    arrival: Arrival, identifiers: tuple[Known, ...], mask: int, rules: Rules
) -> Arrival | None:
    """The message as it may be kept; None where it may not be."""
    contract = (
        arrival.kind in CONTRACT_KINDS
        or (arrival.kind == "identify" and bool(arrival.user_id))
        or (arrival.source.kind == "import" and not identifiers)  # the shop's own books
    )
    purposes = mask & ~rules.always | (mask & rules.always if contract else 0)
    if mask & rules.keepers:
        context = reduce_context(arrival.context)
        return replace(arrival, identifiers=identifiers, purposes=purposes, context=context)
    if not (contract and mask & rules.always):
        return None
    return replace(
        arrival,
        purposes=purposes,
        anonymous_id="",
        identifiers=tuple(known for known in identifiers if known.strong),
        context={},
    )
