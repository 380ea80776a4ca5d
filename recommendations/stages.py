"""This app's stage on the path of an event."""

from dataclasses import replace

from consent import api as consent
from profiles.data import Batch
from recommendations.catalog import writing
from recommendations.interactions import counting


def observe(batch: Batch) -> Batch:
    """Count what people did with items, and learn items no catalogue has named.

    People whose history changed hands, by a merge or a split, are counted anew from all their
    events, which the batch's own have joined by now; everyone else's counters move by what came.
    """
    mask = consent.mask_of("personalisation")
    pairs = [(merge.winner_id, merge.loser_id) for merge in batch.merges]
    anew = batch.moved.union(*pairs)
    touched = counting.count([e for e in batch.events if e.profile_id not in anew], mask)
    if anew:
        touched += counting.recompute(anew, mask)
    learned = writing.learn(batch.events)
    counts = {**batch.counts, "interactions": touched, "items_learned": learned}
    return replace(batch, counts=counts)
