"""This app's stage on the path of an event."""

from dataclasses import replace

from consent import api as consent
from profiles.data import Batch
from recommendations.catalog import writing
from recommendations.interactions import counting


def observe(batch: Batch) -> Batch:
    """Count what people did with items, and learn items no catalogue has named.

    People of this batch's merges are counted anew from all their events, which the batch's own have
    joined by now; everyone else's counters move by what came.
    """
    mask = consent.mask_of("personalisation")
    winners = {merge.winner_id for merge in batch.merges}
    losers = {merge.loser_id for merge in batch.merges}
    fresh = [event for event in batch.events if event.profile_id not in winners | losers]
    touched = counting.count(fresh, mask)
    if batch.merges:
        touched += counting.recompute(winners | losers, mask)
    learned = writing.learn(batch.events)
    counts = {**batch.counts, "interactions": touched, "items_learned": learned}
    return replace(batch, counts=counts)
