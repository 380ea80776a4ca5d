"""Scaffold."""

from profiles.data import Batch


def resolve_identity(batch: Batch) -> Batch:
    """Scaffold."""
    return batch
