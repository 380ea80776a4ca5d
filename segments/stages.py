"""Scaffold."""

from profiles.data import Batch


def evaluate_live(batch: Batch) -> Batch:
    """Scaffold."""
    return batch
