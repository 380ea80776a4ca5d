"""The two short forms of an event, for pages and servers without an SDK, turned into the long one.

What they turn into is an ordinary ``track`` message, so that from the inbox on there is one path.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from cdp.lib import ids
from cdp.lib.errors import Problem
from profiles.rest import bodies

_ABOUT = frozenset(
    {
        "event", "event_type", "event_name", "type", "user_id", "userId", "anonymous_id",
        "anonymousId", "timestamp", "sent_at", "message_id", "messageId", "write_key",
        "writeKey", "consent", "context", "traits", "properties",
    }
)  # fmt: skip
"""Fields about the message; all others are properties of the event."""


def decode(body: bytes) -> dict[str, Any]:
    """The short form as an object."""
    bodies.head(body, batched=False)
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError) as failure:
        raise bodies.malformed("half of a surrogate pair or a number out of range") from failure
    if not isinstance(found, dict):
        raise bodies.malformed("not an object")
    return found


def from_page(sent: Mapping[str, Any], *, visitor: str, agent: str, page: str) -> bytes:
    """``POST /track``: the visitor is who the first-party cookie says."""
    context = _context(sent)
    context.setdefault("userAgent", agent)
    context.setdefault("page", {"url": page})
    return _message(sent, _first(sent, "event", "event_name"), visitor, context)


def from_server(sent: Mapping[str, Any]) -> bytes:
    """``POST /api/log_event``: the server says who it was."""
    visitor = _first(sent, "anonymous_id", "anonymousId")
    if not visitor and not _first(sent, "user_id", "userId"):
        raise _missing("user_id", "Say who it was in user_id or anonymous_id.")
    return _message(sent, _first(sent, "event_type", "event"), visitor, _context(sent))


def _message(
    sent: Mapping[str, Any], event: Any, visitor: Any, context: Mapping[str, Any]
) -> bytes:
    if not isinstance(event, str) or not event.strip():
        raise _missing("event", "Name what happened, such as Product Viewed.")
    own = sent.get("properties")
    properties = {key: value for key, value in sent.items() if key not in _ABOUT}
    message = {
        "type": "track",
        "event": event,
        "userId": _first(sent, "user_id", "userId"),
        "anonymousId": visitor,
        "messageId": _first(sent, "message_id", "messageId") or str(ids.new()),
        "timestamp": sent.get("timestamp"),
        "sentAt": sent.get("sent_at"),
        "properties": {**own, **properties} if isinstance(own, dict) else properties,
        "traits": sent.get("traits"),
        "context": context,
    }
    return msgspec.json.encode(message)


def _context(sent: Mapping[str, Any]) -> dict[str, Any]:
    context = sent.get("context")
    found = dict(context) if isinstance(context, dict) else {}
    if isinstance(sent.get("consent"), dict):
        found["consent"] = {"categoryPreferences": sent["consent"]}
    return found


def _first(sent: Mapping[str, Any], *names: str) -> Any:
    return next((sent[name] for name in names if sent.get(name) not in (None, "")), None)


def _missing(field: str, sentence: str) -> Problem:
    return Problem(f"missing_{field}", sentence, errors=[{"field": field, "message": sentence}])
