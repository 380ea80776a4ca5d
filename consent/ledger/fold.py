"""Keeping ``Standing`` equal to what the ledger decides, for whole persons at a time.

Every member of a person carries the person's decision, so that reading it needs no walk over links.
Writers lock the standings of all members, in order of their ids, before they read the ledger: two
processes that record acts of one person cannot miss each other's.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from cdp.lib import clock, sql
from consent.data import RESTRICTION, Act, Decision, Evidence, Record
from consent.ledger.decide import STRENGTH, decide, walk
from consent.ledger.purposes import purposes

Person = frozenset[UUID]

_LINKS = """
SELECT l.loser_id, l.winner_id FROM consent_subjectlink l
WHERE (l.loser_id = ANY(%(subjects)s) OR l.winner_id = ANY(%(subjects)s))
  AND NOT EXISTS (SELECT FROM consent_subjectlink n WHERE n.loser_id = l.loser_id AND n.id > l.id)
"""

_RECORDS = """
SELECT act_id, subject_id, purpose, granted, occurred_at, evidence, source, explicit,
       notice_version, regulation, controller, detail::text, recorded_at, sequence
FROM consent_ledgerrecord WHERE subject_id = ANY(%(subjects)s) ORDER BY sequence
"""

_ENSURE = """
INSERT INTO consent_standing (subject_id, mask, refused, firm, restricted, updated_at)
SELECT s, 0, 0, 0, false, %(now)s FROM unnest(%(subjects)s::uuid[]) AS s
ON CONFLICT DO NOTHING
"""

_LOCK = """
SELECT subject_id FROM consent_standing WHERE subject_id = ANY(%(subjects)s)
ORDER BY subject_id FOR UPDATE
"""

_WRITE = """
UPDATE consent_standing s
SET mask = n.mask, refused = n.refused, firm = n.firm, restricted = n.restricted,
    heard_at = n.heard_at, updated_at = %(now)s
FROM unnest(%(subjects)s::uuid[], %(masks)s::int[], %(refused)s::int[], %(firm)s::int[],
            %(restricted)s::bool[], %(heard)s::timestamptz[])
     AS n (subject_id, mask, refused, firm, restricted, heard_at)
WHERE s.subject_id = n.subject_id
"""


def persons(subjects: Collection[UUID]) -> dict[UUID, Person]:
    """For each subject, every subject id that stands for the same person, itself included.

    Most people were never merged: for them this is one query that finds nothing.
    """
    together: dict[UUID, set[UUID]] = {}
    reached, frontier = set(subjects), set(subjects)
    while frontier:
        met: set[UUID] = set()
        for loser, winner in sql.rows(_LINKS, {"subjects": sorted(frontier)}):
            _join(together, loser, winner)
            met |= {loser, winner}
        frontier = met - reached
        reached |= met
    return {subject: frozenset(together.get(subject, {subject})) for subject in set(subjects)}


def _join(together: dict[UUID, set[UUID]], one: UUID, two: UUID) -> None:
    """Make two groups one; every member of a group shares the one set."""
    group = together.setdefault(one, {one})
    other = together.setdefault(two, {two})
    if group is not other:
        group |= other
        together.update(dict.fromkeys(other, group))


def lock(subjects: Collection[UUID]) -> dict[UUID, Person]:
    """Lock the standings of these persons until the transaction ends, and say who they are."""
    held: frozenset[UUID] = frozenset()
    while True:
        groups = persons(subjects)
        members = frozenset(subjects).union(*groups.values())
        if members <= held:
            return groups
        params = {"subjects": sorted(members), "now": clock.now()}
        sql.execute(_ENSURE, params)
        sql.rows(_LOCK, params)
        held |= members


def refold(groups: Iterable[Person]) -> None:
    """Write the standings of these persons, whose locks are held, from their ledgers."""
    people = set(groups)
    if not people:
        return
    by_subject: dict[UUID, list[Record]] = {}
    for record in records(frozenset().union(*people)):
        by_subject.setdefault(record.act.subject_id, []).append(record)
    lines = []
    for person in people:
        own = [record for subject in person for record in by_subject.get(subject, ())]
        mask, refused, restricted = _sum(decide(own, purposes()))
        heard = max((record.act.occurred_at for record in own), default=None)
        lines += [
            (subject, mask, refused, _firm(subject, own, refused), restricted, heard)
            for subject in person
        ]
    names = ("subjects", "masks", "refused", "firm", "restricted", "heard")
    columns = (list(column) for column in zip(*sorted(lines), strict=True))
    sql.execute(_WRITE, dict(zip(names, columns, strict=True)) | {"now": clock.now()})


def records(subjects: Collection[UUID]) -> list[Record]:
    """The ledger of these subjects, oldest entry first."""
    return [_record(row) for row in sql.rows(_RECORDS, {"subjects": sorted(subjects)})]


def _record(row: tuple[Any, ...]) -> Record:
    act = Act(
        act_id=row[0],
        subject_id=row[1],
        purpose=row[2],
        granted=row[3],
        occurred_at=row[4],
        evidence=Evidence(row[5]),
        source=row[6],
        explicit=row[7],
        notice_version=row[8],
        regulation=row[9],
        controller=row[10],
        detail=json.loads(row[11]),
    )
    return Record(act, row[12], row[13])


def _sum(decisions: Iterable[Decision]) -> tuple[int, int, bool]:
    known: Mapping[str, int] = {slug: purpose.mask for slug, purpose in purposes().items()}
    mask = refused = 0
    restricted = False
    for decision in decisions:
        if decision.purpose == RESTRICTION:
            restricted = decision.permitted
        elif decision.record and decision.record.act.granted:
            mask |= known[decision.purpose]
        elif decision.record:
            refused |= known[decision.purpose]
    return mask, refused, restricted


def _firm(subject: UUID, own: list[Record], refused: int) -> int:
    """The refused bits that a state repeated by this subject's client cannot answer."""
    firm = 0
    for slug, purpose in purposes().items():
        if not refused & purpose.mask:
            continue
        _, open_refusals = walk(record for record in own if record.act.purpose == slug)
        if any(
            refusal.act.explicit
            or refusal.act.subject_id != subject
            or STRENGTH[refusal.act.evidence] > STRENGTH[Evidence.CLIENT_ASSERTED]
            for refusal in open_refusals
        ):
            firm |= purpose.mask
    return firm
