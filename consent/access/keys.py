"""Making, checking and ending API keys."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from cdp.lib import clock, crypto
from consent.access.models import ApiKey

_AREAS = (
    "events",
    "profiles",
    "segments",
    "consents",
    "privacy",
    "catalog",
    "recommendations",
)
SCOPES = (*(area + verb for area in _AREAS for verb in ("", ":write")), "profiles:personal")
"""All that a key can open. ``profiles:personal`` lifts the masks on personal values."""


def issue(
    *,
    name: str,
    scopes: Iterable[str],
    secret: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which is not kept and cannot be shown again."""
    secret = secret or f"cdp_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name,
        prefix=secret[:12],
        fingerprint=crypto.fingerprint(secret),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    return key, secret


def find(secret: str) -> ApiKey | None:
    """The living key with this secret."""
    living = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
    return ApiKey.objects.filter(
        living, fingerprint=crypto.fingerprint(secret), revoked_at__isnull=True
    ).first()


def revoke(key: ApiKey) -> None:
    """End a key at once. Ending it again changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
