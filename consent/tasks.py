"""Work for Celery: thin, repeatable, safe to run twice at once."""

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from cdp.lib import clock
from consent.requests.models import OneTimeLink, Package, Request
from consent.requests.run import run

logger = logging.getLogger(__name__)

_SOON = 5  # seconds
_UNCONFIRMED = timedelta(days=7)


def start(request_id: UUID) -> None:
    """Have a worker run this request once the present transaction has committed. Where the broker
    is away nothing is lost: :func:`carry_on` finds the request within a minute."""

    def send() -> None:
        try:
            run_request.delay(str(request_id))
        except OperationalError:
            logger.warning("The broker is away; request %s waits for the next minute.", request_id)

    transaction.on_commit(send)


@shared_task
def run_request(request_id: str) -> str:
    """Run one approved request to its end; one that waits for the digest is tried again soon."""
    ended = run(UUID(request_id))
    if ended == "waiting":
        run_request.apply_async((request_id,), countdown=_SOON)
    return ended


@shared_task
def carry_on() -> dict[str, int]:
    """Take up requests that a dead worker or an absent broker left behind, and clear what has
    ended."""
    waiting = Request.objects.filter(state__in=[Request.State.APPROVED, Request.State.RUNNING])
    found = [run(key) for key in waiting.order_by("due_on").values_list("pk", flat=True)]
    return {"run": len(found), **tidy()}


def tidy() -> dict[str, int]:
    """Delete copies and links past their time, and requests nobody confirmed within a week."""
    now = clock.now()
    packages, _ = Package.objects.filter(expires_at__lt=now).delete()
    links, _ = OneTimeLink.objects.filter(expires_at__lt=now).delete()
    unconfirmed, _ = Request.objects.filter(
        state=Request.State.RECEIVED,
        channel=Request.Channel.CENTRE,
        received_at__lt=now - _UNCONFIRMED,
    ).delete()
    return {"packages": packages, "links": links, "unconfirmed": unconfirmed}
