"""Scaffold."""

from profiles.data import Batch


def parse(batch: Batch) -> Batch:
    """Scaffold."""
    return batch


def drop_duplicates(batch: Batch) -> Batch:
    """Scaffold."""
    return batch


def store_events(batch: Batch) -> Batch:
    """Scaffold."""
    return batch
