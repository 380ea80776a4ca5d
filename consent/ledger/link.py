"""Writing down that subjects are one person."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import transaction

from cdp.lib import clock, sql
from consent.ledger import fold

_INSERT = """
INSERT INTO consent_subjectlink (loser_id, winner_id, linked_at)
SELECT l.loser_id, l.winner_id, %(now)s
FROM unnest(%(losers)s::uuid[], %(winners)s::uuid[]) AS l (loser_id, winner_id)
ON CONFLICT DO NOTHING
"""


def link(winner: UUID, losers: Collection[UUID]) -> None:
    """The losers are the winner. From now on one decision holds for all of them: what any of them
    refused stays refused until a newer deliberate grant."""
    link_all({winner: losers})


def link_all(merges: Mapping[UUID, Collection[UUID]]) -> None:
    """:func:`link` for many winners in a handful of statements."""
    pairs = sorted(
        {
            (loser, winner)
            for winner, losers in merges.items()
            for loser in losers
            if loser != winner
        }
    )
    if not pairs:
        return
    with transaction.atomic():
        losers, winners = (list(column) for column in zip(*pairs, strict=True))
        sql.execute(_INSERT, {"losers": losers, "winners": winners, "now": clock.now()})
        fold.refold(fold.lock({*losers, *winners}).values())
