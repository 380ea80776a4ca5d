"""``GET /recommendations``: a plain view, because DRF would double its cost."""

import logging
from typing import Any

import msgspec
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict

from cdp.lib.errors import Problem, respond
from recommendations.data import Query, Slate
from recommendations.rest import access
from recommendations.serving import serve, shop
from recommendations.serving.shelf import Shelf

logger = logging.getLogger(__name__)

LONGEST = {
    "user_id": 512,
    "anonymous_id": 512,
    "item_id": 200,
    "context": 60,
    "placement": 60,
    "device": 30,
    "query": 200,
    "limit": 3,
    "exclude": 20_000,
}
"""Characters per parameter."""
MOST = 100
"""Items per answer."""

UNAVAILABLE = Problem(
    "unavailable", "The database cannot be reached. Try again in some seconds.", status=503
)
ENCODER = msgspec.json.Encoder()


def recommend(request: HttpRequest) -> HttpResponse:
    """Ranked items for a visitor, each with score, reason and override."""
    if request.method == "OPTIONS":
        return _preflight(request)
    asked: access.Asker | None = None
    try:
        if request.method != "GET":
            raise Problem("method_not_allowed", "Ask with GET.", status=405)
        asked = access.asker(request)
        query = parse(request.GET, trusted=asked.server)
        answer = _answer(serve.serve(query), shop.current().shelf)
    except Problem as problem:
        return respond(problem, access.cross_origin(asked, request))
    except DatabaseError:
        # Only a process that never saw the database comes here; the others answer from memory.
        logger.warning("the database cannot be reached, and nothing is in memory yet")
        return respond(UNAVAILABLE, access.cross_origin(asked, request))
    headers = {"Cache-Control": "private, no-store", **access.cross_origin(asked, request)}
    return HttpResponse(ENCODER.encode(answer), content_type="application/json", headers=headers)


def parse(given: QueryDict, *, trusted: bool = False) -> Query:
    """The parameters as a query. Raises a Problem that names every field at fault."""
    texts = {name: given.get(name, "") for name in LONGEST}
    faults = [
        {"field": name, "message": message}
        for name, text in texts.items()
        if (message := _fault(name, text))
    ]
    limit, message = _limit(texts["limit"])
    if message and not any(fault["field"] == "limit" for fault in faults):
        faults.append({"field": "limit", "message": message})
    if faults:
        raise Problem(
            "invalid_request",
            "Correct the fields named in errors and send the request again.",
            errors=faults,
        )
    identifiers = {name: texts[name] for name in ("user_id", "anonymous_id") if texts[name]}
    return Query(
        identifiers=identifiers,
        item_id=texts["item_id"],
        placement=texts["placement"] or texts["context"] or "default",
        device=texts["device"],
        text=texts["query"],
        limit=limit,
        exclude=frozenset(item for each in given.getlist("exclude") for item in each.split(",")),
        trusted=trusted,
    )


def _fault(name: str, text: str) -> str:
    if len(text) > LONGEST[name]:
        return f"Use at most {LONGEST[name]} characters."
    if "\0" in text:
        return "Leave out the NUL character."
    try:
        text.encode()
    except UnicodeEncodeError:
        return "Send UTF-8 text."
    return ""


def _limit(text: str) -> tuple[int, str]:
    if not text:
        return 10, ""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST:
        return 10, f"Send a whole number from 1 to {MOST}."
    return int(text), ""


def _answer(slate: Slate, shelf: Shelf) -> dict[str, Any]:
    return {
        "request_id": str(slate.request_id),
        "placement": slate.placement,
        "personalised": slate.personalised,
        "algorithm": slate.algorithm,
        "items": [
            {
                **shelf[item.item_id].card,
                "score": item.score,
                "reason": {
                    "code": item.reason.code,
                    "text": item.reason.text,
                    "item_id": item.reason.item_id or None,
                },
                "override": item.override or None,
            }
            for item in slate.items
            if item.item_id in shelf
        ],
        "degraded": list(slate.degraded),
    }


def _preflight(request: HttpRequest) -> HttpResponse:
    headers = {
        "Access-Control-Allow-Methods": "GET, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Api-Key",
        "Access-Control-Max-Age": "600",
        **access.cross_origin(None, request),
    }
    return HttpResponse(status=204, headers=headers)
