"""What stays of common refusals when subjects turn out to be different persons after all. Pure.

Which of them it was that said no cannot be told any more: a choice made on a shared device stands
under whoever the device was thought to be. So every part takes the refusals along, as acts of its
own, dated at the last thing that was said: nothing is permitted to anyone that was not permitted
before. Grants stay where they were recorded. A part answers its copy as it would its own refusal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from consent.data import RESTRICTION, Act, Record
from consent.ledger.decide import STRENGTH, walk

_ACTS = UUID("0f8a1c57-5a0e-5a86-9c7a-4f0b1f3f9d26")
"""The namespace of ids of refusals taken along."""

SOURCE = "parting"


def carried(together: Sequence[Record], own: Sequence[Record], subject: UUID) -> list[Act]:
    """The acts that one part takes along, under ``subject``: of what the records of all decided
    ``together``, all that its ``own`` records alone would not hold as firmly."""
    mine = _by_purpose(own)
    found = []
    for purpose, records in sorted(_by_purpose(together).items()):
        deciding = _restricting(purpose, records)
        if not deciding:
            continue
        hardest = max(deciding, key=_firmness)
        kept = _restricting(purpose, mine.get(purpose, []))
        if any(_firmness(record) >= _firmness(hardest) for record in kept):
            continue
        found.append(_copy(hardest, max(r.act.occurred_at for r in records), subject))
    return found


def _by_purpose(records: Iterable[Record]) -> Mapping[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.act.purpose, []).append(record)
    return found


def _restricting(purpose: str, records: list[Record]) -> list[Record]:
    """The refusals still open; of a restriction, the record that holds it."""
    if purpose != RESTRICTION:
        return walk(records)[1]
    newest = max(records, key=lambda r: (r.act.occurred_at, r.act.granted), default=None)
    return [newest] if newest and newest.act.granted else []


def _firmness(record: Record) -> tuple[bool, int]:
    return record.act.explicit, STRENGTH[record.act.evidence]


def _copy(record: Record, at: datetime, subject: UUID) -> Act:
    return replace(
        record.act,
        act_id=uuid5(_ACTS, f"{record.act.act_id}/{subject}/{at.timestamp()}"),
        subject_id=subject,
        occurred_at=at,
        source=SOURCE,
        detail={"taken_along": str(record.act.act_id)},
    )
