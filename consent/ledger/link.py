"""Writing down which subjects are one person, as whoever resolves identity sees it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import transaction

from cdp.lib import clock, sql
from consent.data import Act
from consent.ledger import fold
from consent.ledger.fold import Person
from consent.ledger.part import carried
from consent.ledger.record import write

_PRESENT = """
SELECT DISTINCT ON (loser_id) loser_id, winner_id FROM consent_subjectlink
WHERE loser_id = ANY(%(subjects)s) ORDER BY loser_id, id DESC
"""

_INSERT = """
INSERT INTO consent_subjectlink (loser_id, winner_id, linked_at)
SELECT l.loser_id, l.winner_id, %(now)s
FROM unnest(%(losers)s::uuid[], %(winners)s::uuid[]) AS l (loser_id, winner_id)
ORDER BY l.loser_id
"""


def link(winner: UUID, losers: Collection[UUID]) -> None:
    """The losers are the winner. From now on one decision holds for all of them: what any of them
    refused stays refused until a newer deliberate grant."""
    link_all({winner: losers})


def link_all(merges: Mapping[UUID, Collection[UUID]], alone: Collection[UUID] = ()) -> None:
    """:func:`link` for many winners in a handful of statements, and the opposite: who is in
    ``alone``, or gets another winner than before, parts from whom they stood with. After parting,
    each is judged by the acts recorded under their own subjects, and by the refusals that held for
    all of them (see :mod:`consent.ledger.part`)."""
    wanted = {subject: subject for subject in alone}
    for winner, losers in merges.items():
        wanted |= {loser: winner for loser in losers if loser != winner}
    if not wanted:
        return
    with transaction.atomic():
        before = fold.lock({*wanted, *wanted.values()})
        present = dict(sql.rows(_PRESENT, {"subjects": sorted(wanted)}))
        news = sorted(
            (loser, winner)
            for loser, winner in wanted.items()
            if present.get(loser, loser) != winner
        )
        if not news:
            return
        losers, winners = (list(column) for column in zip(*news, strict=True))
        sql.execute(_INSERT, {"losers": losers, "winners": winners, "now": clock.now()})
        after = fold.persons(frozenset().union(*before.values()))
        write(_taken_along(set(before.values()), after))
        fold.refold(after.values())


def _taken_along(before: Collection[Person], after: Mapping[UUID, Person]) -> list[Act]:
    parted = [group for group in before if len({after[subject] for subject in group}) > 1]
    acts: list[Act] = []
    for group in sorted(parted, key=sorted):
        records = fold.records(group)
        for part in sorted({group & after[subject] for subject in group}, key=sorted):
            own = [record for record in records if record.act.subject_id in part]
            acts += carried(records, own, _head(part))
    return acts


def _head(part: Person) -> UUID:
    """The subject of a part under which its next acts will be recorded: whoever the others are
    linked to."""
    pointers = dict(sql.rows(_PRESENT, {"subjects": sorted(part)}))
    return min(part, key=lambda subject: (pointers.get(subject, subject) != subject, subject))
