"""Scaffold."""

from profiles.data import Batch


def derive_attributes(batch: Batch) -> Batch:
    """Scaffold."""
    return batch
