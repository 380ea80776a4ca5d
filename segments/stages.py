"""This app's stage on the path of an event."""

from dataclasses import replace

from profiles.data import Batch
from segments.rules.live import evaluate_batch


def evaluate_live(batch: Batch) -> Batch:
    """Move people in and out of live segments, within the batch's transaction."""
    moves = evaluate_batch(batch)
    counts = {"entered": len(moves.entered), "left": len(moves.left)}
    moved = {f"segments_{name}": number for name, number in counts.items() if number}
    return replace(batch, counts={**batch.counts, **moved}) if moved else batch
