"""Scaffold."""

from profiles.data import Batch


def gate_on_consent(batch: Batch) -> Batch:
    """Scaffold."""
    return batch
