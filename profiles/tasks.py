"""Scheduled work, thin. The names stand in ``settings.CELERY_BEAT_SCHEDULE``."""

from celery import shared_task

from profiles.events import inbox, receipts
from profiles.quality import completeness


@shared_task
def snapshot_completeness() -> int:
    """Write down how complete profiles are today."""
    return completeness.snapshot()


@shared_task
def tidy() -> None:
    """Make the inbox's coming days and drop those it no longer needs."""
    inbox.tidy()


@shared_task
def tidy_receipts() -> int:
    """Delete receipts of messages whose copies no longer come."""
    return receipts.tidy()
