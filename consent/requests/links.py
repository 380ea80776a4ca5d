"""Links that prove who asks: good once for what changes something, signed for what only shows."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.db.models import Q

from cdp.lib import clock, crypto
from consent.requests.models import OneTimeLink, Request

LIFETIME = timedelta(hours=24)
_STATUS_DAYS = 120
_STATUS = "consent.request.status"


def make(
    use: OneTimeLink.Use,
    *,
    request: Request | None = None,
    subject_id: UUID | None = None,
    lifetime: timedelta = LIFETIME,
) -> str:
    """A fresh token. Only its hash is kept, so the database alone opens nothing."""
    token = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(
        fingerprint=crypto.fingerprint(token),
        use=use,
        request=request,
        subject_id=subject_id,
        made_at=clock.now(),
        expires_at=clock.now() + lifetime,
    )
    return token


def peek(token: str, use: OneTimeLink.Use) -> OneTimeLink | None:
    """The link behind a token that is still good, without spending it: mail programs open links
    before people do, so that showing a page must change nothing."""
    return OneTimeLink.objects.select_related("request").filter(_good(token, use)).first()


def spend(token: str, use: OneTimeLink.Use) -> OneTimeLink | None:
    """Use the link up. Of two that try at once only one gets it."""
    link = peek(token, use)
    if link is None or not OneTimeLink.objects.filter(_good(token, use)).update(
        used_at=clock.now()
    ):
        return None
    return link


def status_token(request: Request) -> str:
    """A signed token that shows where a request stands, and its receipt."""
    return signing.dumps(str(request.pk), salt=_STATUS)


def by_status_token(token: str) -> Request | None:
    """The request behind a status token; None for a false or old one."""
    try:
        key = signing.loads(token, salt=_STATUS, max_age=timedelta(days=_STATUS_DAYS))
    except signing.BadSignature:
        return None
    return Request.objects.filter(pk=key).first()


def _good(token: str, use: OneTimeLink.Use) -> Q:
    return Q(
        fingerprint=crypto.fingerprint(token),
        use=use,
        used_at__isnull=True,
        expires_at__gt=clock.now(),
    )
