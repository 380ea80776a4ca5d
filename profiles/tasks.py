"""Scheduled work, thin. The names stand in ``settings.CELERY_BEAT_SCHEDULE``."""

from celery import shared_task

from profiles.events import inbox
from profiles.quality import completeness


@shared_task
def snapshot_completeness() -> int:
    """Write down how complete profiles are today."""
    return completeness.snapshot()


@shared_task
def tidy() -> None:
    """Drop what the inbox and the receipts no longer need."""
    inbox.tidy()
