"""Collection: check the key, the size and the form of a request, write it down, answer.

Plain views: these addresses are the busiest, and everything a framework would add is time between a
shopper's click and its acknowledgement. A 200 means that the request is durable.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from cdp.lib import clock, ids, sql
from cdp.lib.errors import Problem, respond
from consent import api as consent
from profiles.data import SourceInfo
from profiles.events import inbox, sources
from profiles.rest import bodies, rates, snippets

COOKIE = "cdp_anonymous_id"
COOKIE_AGE = 365 * 24 * 3600
_VISITOR = re.compile(r"[\w.\-]{8,100}", re.ASCII)

SUCCESS = b'{"success": true}'
RETRY_SECONDS = {429: "1", 503: "5"}

API_SOURCE = ("server-api", "Server-side events", "server")

View = Callable[..., HttpResponseBase]


def _endpoint(view: Callable[..., HttpResponse]) -> View:
    """The frame of every collecting view: CORS, POST only, problems in the one shape."""

    @csrf_exempt
    def framed(request: HttpRequest, **names: str) -> HttpResponseBase:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
        else:
            try:
                if request.method != "POST":
                    raise Problem("method_not_allowed", "Send a POST request.", status=405)
                response = view(request, **names)
            except Problem as problem:
                response = _refusal(problem)
            except (DatabaseError, InterfaceError) as failure:
                response = _refusal(_unavailable(failure))
        return _share(request, response)

    return framed


@_endpoint
def collect(request: HttpRequest, call: str) -> HttpResponse:
    """One message, or a batch, as SDKs send them."""
    body = bodies.unpacked(request)
    head = bodies.head(body, batched=call in {"batch", "import"})
    written = head.writeKey if isinstance(head.writeKey, str) else ""
    source = _source(request, written)
    inbox.accept(source=source, call=call, body=body, received_at=clock.now())
    return _success()


@_endpoint
def track(request: HttpRequest) -> HttpResponse:
    """The short form of a page's event; the visitor is known by a first-party cookie."""
    sent = snippets.decode(bodies.unpacked(request))
    written = sent.get("write_key") or sent.get("writeKey")
    source = _source(request, written if isinstance(written, str) else "")
    known = request.COOKIES.get(COOKIE, "")
    visitor = known if _VISITOR.fullmatch(known) else str(ids.new())
    body = snippets.from_page(
        sent,
        visitor=visitor,
        agent=request.META.get("HTTP_USER_AGENT", ""),
        page=request.META.get("HTTP_REFERER", ""),
    )
    inbox.accept(source=source, call="track", body=body, received_at=clock.now())
    response = _success()
    response.set_cookie(
        COOKIE,
        visitor,
        max_age=COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SECURE_COOKIES,
    )
    return response


@_endpoint
def log_event(request: HttpRequest) -> HttpResponse:
    """The short form of a server's event, with an API key."""
    key = consent.find_key(consent.secret_of(request))
    if key is None:
        raise _unknown_key()
    if "events:write" not in key.scopes:
        sentence = "This key does not carry the scope events:write."
        raise Problem("permission_denied", sentence, status=403)
    body = snippets.from_server(snippets.decode(bodies.unpacked(request)))
    source = sources.source_by_slug(API_SOURCE[0]) or sources.ensure(*API_SOURCE)
    inbox.accept(source=source, call="track", body=body, received_at=clock.now())
    return _success()


def _source(request: HttpRequest, written: str) -> SourceInfo:
    """Whose key it is: the Authorization header's, else the body's, else the address's."""
    secret = consent.secret_of(request) or written or request.GET.get("writeKey", "")
    source = sources.source_by_key(secret)
    if source is None and written:
        source = sources.source_by_key(written)
    if source is None:
        raise _unknown_key()
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin and source.allowed_origins and origin not in source.allowed_origins:
        sentence = "This key is not meant for pages of this origin. Add it to the source."
        raise Problem("origin_not_allowed", sentence, status=403)
    rates.spend(source.source_id)
    return source


def _success() -> HttpResponse:
    return HttpResponse(SUCCESS, content_type="application/json")


def _refusal(problem: Problem) -> HttpResponse:
    response = respond(problem)
    if problem.status in RETRY_SECONDS:
        response.headers["Retry-After"] = RETRY_SECONDS[problem.status]
    if problem.status == 405:
        response.headers["Allow"] = "POST, OPTIONS"
    return response


def _share(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let any page read the answer: a write key is public and can only write."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Vary"] = "Origin"
        if request.method == "OPTIONS":
            allowed = "authorization, content-type, content-encoding, x-api-key, x-retry-count"
            response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = allowed
            response.headers["Access-Control-Max-Age"] = "900"
    return response


def _unknown_key() -> Problem:
    return Problem(
        "unknown_key",
        "This key is unknown or switched off. Copy the source's key from the console.",
        status=401,
    )


def _unavailable(failure: Exception) -> Problem:
    """The database is away or overrun. Anything else about it is our fault, and a 500."""
    if isinstance(failure, DatabaseError) and not _is_away(failure):
        raise failure
    return Problem("unavailable", "Nothing was kept. Send it again after some seconds.", status=503)


def _is_away(failure: DatabaseError) -> bool:
    """A connection that cannot be made or that broke carries no SQLSTATE."""
    cause = failure.__cause__
    return sql.is_transient(failure) or not getattr(cause, "sqlstate", None)
