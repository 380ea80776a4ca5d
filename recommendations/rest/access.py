"""Who may ask for recommendations: a page with a write key, or a server with an API key."""

import logging
import time
from dataclasses import dataclass

from django.db import DatabaseError
from django.http import HttpRequest

from cdp.lib import crypto
from cdp.lib.errors import Problem
from consent import api as consent
from profiles import api as profiles

logger = logging.getLogger(__name__)

SCOPES = frozenset({"recommendations", "recommendations:write"})
KEPT_SECONDS = 5.0
"""How late a process may learn that an API key was revoked."""
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Asker:
    """The holder of a key. ``origins`` are the pages that may read answers (empty: all).
    ``server``: the key is a secret, so its holder can be believed about who the visitor is."""

    scoped: bool
    server: bool = True
    origins: tuple[str, ...] = ()


_kept: dict[str, tuple[float, Asker | None]] = {}


def asker(request: HttpRequest) -> Asker:
    """The holder of the request's key. A key in the address (``write_key=``) is for pages: a
    request without an Authorization header needs no preflight. Raises a Problem (401, 403)."""
    secret = consent.secret_of(request) or request.GET.get("write_key", "")
    if not secret or len(secret) > 200:
        raise Problem(
            "missing_key",
            "Send a write key or an API key: 'Authorization: Bearer KEY' or 'write_key=KEY'.",
            status=401,
        )
    found = _known(secret)
    if found is None:
        raise Problem(
            "unknown_key",
            "This key is unknown, ended or revoked. Make a new one in the console.",
            status=401,
        )
    if not found.scoped:
        raise Problem(
            "permission_denied", "This key does not carry the scope 'recommendations'.", status=403
        )
    return found


def forget() -> None:
    """Ask the database about every key again."""
    _kept.clear()


def cross_origin(asked: Asker | None, request: HttpRequest) -> dict[str, str]:
    """The headers that let a page of another host read the answer, where its source allows it."""
    origin = request.headers.get("Origin", "")
    allowed = asked is None or not asked.origins or origin in asked.origins
    if not origin or not allowed:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _known(secret: str) -> Asker | None:
    """The holder. While the database cannot be reached, those it named last are believed on: the
    shop's pages go on, with what this process has in memory."""
    mark = crypto.fingerprint(secret)
    try:
        source = profiles.source_by_key(secret)
        if source is None:
            return _api_key(secret, mark)
    except DatabaseError:
        if mark not in _kept:
            raise
        logger.warning("a key could not be checked; its last state is believed")
        return _kept[mark][1]
    found = Asker(scoped=True, server=False, origins=source.allowed_origins)
    _keep(mark, found)
    return found


def _api_key(secret: str, mark: str) -> Asker | None:
    kept = _kept.get(mark)
    if kept is None or kept[0] < time.monotonic():
        key = consent.find_key(secret)
        found = None if key is None else Asker(scoped=not SCOPES.isdisjoint(key.scopes))
        kept = _keep(mark, found)
    return kept[1]


def _keep(mark: str, found: Asker | None) -> tuple[float, Asker | None]:
    if len(_kept) >= MOST_KEPT:  # guesses must not fill the memory
        _kept.clear()
    kept = _kept[mark] = (time.monotonic() + KEPT_SECONDS, found)
    return kept
