"""How often one address may ask the public pages for something."""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from cdp.lib import crypto

WINDOW = 3600
PER_MAILBOX = 5
PER_MACHINE = 30


def allowed(request: HttpRequest, email: str) -> bool:
    """Count one question and say whether it is within the limits of the hour, for the mailbox (so
    that nobody is flooded with our mail) and for the machine that asks."""
    return _count("mailbox", email.strip().lower(), PER_MAILBOX) and _count(
        "machine", _machine(request), PER_MACHINE
    )


def _count(what: str, whose: str, most: int) -> bool:
    key = f"privacy-limit:{what}:{crypto.blind_index('privacy-limit', whose).hex()}"
    cache.add(key, 0, WINDOW)
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ended between the two calls
        return True


def _machine(request: HttpRequest) -> str:
    """The nearest address that our own proxy vouches for; the rest of the header anyone can
    write."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return str(forwarded).rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
