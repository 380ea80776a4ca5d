"""Which values of a message name a person, in which order, and which never do. Version 1.

Pure. A node's id is a keyed hash, so the function that makes it is handed in.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from profiles.data import Known

NodeId = Callable[[str, str], UUID]

VERSION = "identity.v1"

ORDER: Mapping[str, int] = {
    "user_id": 0,
    "email": 1,
    "phone": 2,
    "external_id": 3,
    "anonymous_id": 4,
    "device_id": 5,
    "cookie": 6,
}
"""Kinds of identifiers, strongest first. A profile takes its id from its strongest identifier."""

STRONG = frozenset({"user_id", "email", "phone", "external_id"})
"""Given by the person or the shop. The others belong to a device."""

SEED = "user_id"
"""The kind that is unique per person: two of them are two people, unless an alias says
otherwise."""

LIMITS: Mapping[str, int] = {"email": 5, "phone": 5, "external_id": 20}
"""How many different identifiers of a kind may stand beside one identifier that is no user id. One
with more (a placeholder phone number, a till) names nobody in particular and joins no one."""

BLOCKED = frozenset(
    {
        "", "null", "none", "nil", "nan", "undefined", "unknown", "empty", "n/a", "na", "-1",
        "guest", "anonymous", "anon", "user", "visitor", "true", "false", "[object object]", "{}",
        "[]", "test@test.com", "test@example.com", "none@none.com", "no@email.com",
        "noemail@noemail.com", "guest@guest.com", "anonymous@anonymous.com",
    }
)  # fmt: skip
"""What programs send when they know nobody, in lower case."""

MAX_LENGTH = 300
MAX_EXTERNAL = 5

_NOTHING = re.compile(r"[0\-\s.]*")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def normalise(kind: str, value: Any) -> str:
    """The one spelling of an identifier; empty where the value names nobody."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = unicodedata.normalize("NFC", str(value)).strip()
    if kind == "email":
        text = text.lower() if _EMAIL.fullmatch(text) else ""
    elif kind == "phone":
        text = _phone(text)
    if len(text) > MAX_LENGTH or text.casefold() in BLOCKED or _NOTHING.fullmatch(text):
        return ""
    return text


def identifiers(
    *,
    user_id: str,
    anonymous_id: str,
    traits: Mapping[str, Any],
    context: Mapping[str, Any],
    node_id: NodeId,
) -> tuple[Known, ...]:
    """Everything in a message that names its person, strongest first, each once."""
    found: dict[UUID, Known] = {}
    for kind, raw in _claims(user_id, anonymous_id, traits, context):
        known = identifier(kind, raw, node_id=node_id)
        if known is not None:
            found.setdefault(known.node_id, known)
    return tuple(sorted(found.values(), key=lambda known: (ORDER[known.kind], known.node_id)))


def identifier(kind: str, value: Any, *, node_id: NodeId) -> Known | None:
    """One identifier, normalised; None where the kind is unknown or the value names nobody."""
    if value is None:
        return None
    text = normalise(kind, value) if kind in ORDER else ""
    return Known(kind, text, node_id(kind, text), kind in STRONG) if text else None


def previous(value: str, *, node_id: NodeId) -> Known | None:
    """The ``previousId`` of an alias call. SDKs give visitors a UUID, so one of that shape is an
    anonymous id; anything else is a former user id."""
    kind = "anonymous_id" if _UUID.fullmatch(value.strip()) else "user_id"
    return identifier(kind, value, node_id=node_id)


def _claims(
    user_id: str, anonymous_id: str, traits: Mapping[str, Any], context: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    device = _mapping(context.get("device"))
    if user_id:
        yield "user_id", user_id
    for told in (traits, context.get("traits")):
        if told and isinstance(told, dict):
            yield "email", told.get("email")
            yield "phone", told.get("phone")
    yield from _external(context.get("externalIds"))
    yield "anonymous_id", anonymous_id
    yield "device_id", device.get("id")
    yield "cookie", context.get("cookie")


def _external(entries: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(entries, list | tuple):
        return
    for entry in entries[:MAX_EXTERNAL]:
        told = _mapping(entry)
        kind, value = told.get("type"), told.get("id")
        if not isinstance(kind, str) or not normalise("external_id", value):
            continue
        if kind in ORDER:
            # A second user id beside the message's own would tie two people together.
            if kind != SEED:
                yield kind, value
        else:
            yield "external_id", f"{kind}:{str(value).strip()}"


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if not text.startswith("+") and digits.startswith("00"):
        digits = digits[2:]
    return digits if 7 <= len(digits) <= 15 else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
