"""Scaffold."""

from profiles.data import Batch


def observe(batch: Batch) -> Batch:
    """Scaffold."""
    return batch
