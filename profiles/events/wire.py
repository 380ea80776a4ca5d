"""From a request's bytes to messages understood, in the format storefront SDKs send. Pure.

``read`` never raises: what cannot be understood comes out as :class:`Rejected` with the reason, and
its neighbours in the batch come out whole.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

import msgspec

from profiles.data import Arrival, SourceInfo
from profiles.events import commerce, keys
from profiles.events.clean import clean, needs_cleaning

TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})
BATCHES = frozenset({"batch", "import"})
CONSENT_UPDATED = "Segment Consent Preference Updated"

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
MAX_ID = 300
MAX_MESSAGE_ID = 100
MAX_NAME = 255
MAX_DEPTH = 32
_CHOICES = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was accepted. ``identity`` stands for it in the ids of messages whose
    sender gave none; ``max_event`` is the size limit of one message in bytes."""

    identity: str
    source: SourceInfo
    call: str
    received_at: datetime
    body: bytes
    max_event: int = 32 * 1024


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that could not be understood: why, where, and its bytes. The sentence never repeats
    what was sent. ``message_id`` is the sender's or derived."""

    code: str
    field: str
    message: str
    raw: bytes
    message_id: str


class _Envelope(msgspec.Struct):
    batch: Any = None
    context: Any = None
    sentAt: Any = None  # noqa: N815  the wire's spelling


class _Items(msgspec.Struct):
    batch: list[msgspec.Raw]


class _Message(msgspec.Struct):
    """All fields optional and of any type: types are judged one by one, to say which was wrong."""

    type: Any = None
    messageId: Any = None  # noqa: N815
    timestamp: Any = None
    originalTimestamp: Any = None  # noqa: N815
    sentAt: Any = None  # noqa: N815
    userId: Any = None  # noqa: N815
    anonymousId: Any = None  # noqa: N815
    previousId: Any = None  # noqa: N815
    groupId: Any = None  # noqa: N815
    event: Any = None
    name: Any = None
    category: Any = None
    properties: Any = None
    traits: Any = None
    context: Any = None


class _Refused(Exception):
    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(code)
        self.code, self.field, self.message = code, field, message


_envelope = msgspec.json.Decoder(_Envelope)
_items = msgspec.json.Decoder(_Items)
_message = msgspec.json.Decoder(_Message)


def read(request: Request) -> list[Arrival | Rejected]:
    """Everything in one request, in its order."""
    try:
        shared, raws = _unpack(request)
    except _Refused as refusal:
        message_id = keys.derived_message_id(request.identity, 0)
        return [_rejected(refusal, request.body, message_id)]
    implied = "" if request.call in BATCHES else request.call
    return [_read_one(request, raw, index, shared, implied) for index, raw in enumerate(raws)]


def raw_of(request: Request) -> dict[str, bytes]:
    """The bytes of each message that was understood, by its id: what quarantine keeps of a message
    that proved undigestible only later."""
    results, raws = read(request), _unpack(request)[1]
    return {result.message_id: raw for result, raw in zip(results, raws, strict=False)}


def _unpack(request: Request) -> tuple[_Envelope, list[bytes]]:
    """What the batch says for all its messages, and the bytes of each."""
    if request.call not in BATCHES:
        return _Envelope(), [request.body]
    try:
        items = [bytes(raw) for raw in _items.decode(request.body).batch]
        shared = _envelope.decode(request.body)
    except (ValueError, RecursionError):
        body = _forgiving(request.body)
        batch = body.get("batch")
        if not isinstance(batch, list):
            _refuse("invalid_batch", "batch", "Send the messages of a batch as a list.")
        shared = msgspec.convert(body, _Envelope)
        items = [msgspec.json.encode(item) for item in batch]
    shared.batch = None
    shared.context = clean(shared.context) if isinstance(shared.context, dict) else None
    return shared, items


def _read_one(
    request: Request, raw: bytes, index: int, shared: _Envelope, implied: str
) -> Arrival | Rejected:
    derived = keys.derived_message_id(request.identity, index)
    try:
        if len(raw) > request.max_event:
            _refuse("event_too_large", "", f"Send events of at most {request.max_event} bytes.")
        message = _decode(raw)
    except _Refused as refusal:
        return _rejected(refusal, raw, derived)
    try:
        message_id = _message_id(message) or derived
    except _Refused as refusal:
        return _rejected(refusal, raw, derived)
    try:
        return _understand(request, message, message_id, shared, implied)
    except _Refused as refusal:
        return _rejected(refusal, raw, message_id)
    except commerce.Unreadable as refusal:
        return Rejected("invalid_value", refusal.field, refusal.message, raw, message_id)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        # Values nobody thought of must not cost the neighbours their place.
        return Rejected("unreadable", "", "A value cannot be read.", raw, message_id)


def _decode(raw: bytes) -> _Message:
    try:
        message = _message.decode(raw)
    except (ValueError, RecursionError):
        return msgspec.convert(_forgiving(raw), _Message)
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _check_depth(msgspec.structs.asdict(message))
    if needs_cleaning(raw):
        return msgspec.convert(clean(msgspec.structs.asdict(message)), _Message)
    return message


def _check_depth(value: Any) -> None:
    """Later stages walk values recursively, and so does the database."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for parent in level
            for item in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(item, dict | list)
        ]
        if not level:
            return
    _refuse("nested_too_deeply", "", f"Nest values at most {MAX_DEPTH} deep.")


def _forgiving(raw: bytes) -> dict[str, Any]:
    """Read what the strict reader refuses for halves of surrogate pairs, bytes that are no UTF-8 or
    numbers beyond a double; infinities and NaN stay refused."""
    try:
        found = json.loads(raw.decode("utf-8", "replace"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as failure:
        raise _Refused("malformed_json", "", "Send valid JSON.") from failure
    if not isinstance(found, dict):
        _refuse("invalid_message", "", "Send each message as a JSON object.")
    _check_depth(found)
    cleaned: dict[str, Any] = clean(found)
    return cleaned


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _understand(
    request: Request, message: _Message, message_id: str, shared: _Envelope, implied: str
) -> Arrival:
    type_ = _type(message, implied)
    context = _mapping(message.context, "context")
    if shared.context:
        context = {**shared.context, **context}
    traits, properties = _traits_and_properties(type_, message, context)
    name, kind = _name_and_kind(type_, message, properties)
    lines = commerce.lines_of(kind, properties) if type_ == "track" else ()
    sent = shared.sentAt if message.sentAt is None else message.sentAt
    times = _times(message, sent, request.received_at)
    arrival = Arrival(
        source=request.source,
        type=type_,
        kind=kind,
        name=name,
        message_id=message_id,
        timestamp=times.timestamp,
        received_at=request.received_at,
        sent_at=times.sent_at,
        original_timestamp=times.original,
        skewed=times.skewed,
        user_id=_id(message.userId, "userId"),
        anonymous_id=_id(message.anonymousId, "anonymousId"),
        previous_id=_id(message.previousId, "previousId"),
        group_id=_id(message.groupId, "groupId"),
        traits=traits,
        properties=properties,
        context=context,
        consent=_consent(context),
        lines=lines,
        order_id=commerce.text(properties.get("order_id") or properties.get("orderId")),
        revenue=commerce.revenue_of(kind, properties, lines),
        currency=commerce.currency_of(properties),
    )
    _require_ids(arrival)
    return arrival


def _type(message: _Message, implied: str) -> str:
    found = implied or message.type
    if not isinstance(found, str) or found.lower() not in TYPES:
        _refuse("unknown_type", "type", f"Send one of {', '.join(sorted(TYPES))} as type.")
    return found.lower()


def _traits_and_properties(
    type_: str, message: _Message, context: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A person's traits, also those sent along in the context; a group's traits are what the group
    call is about, hence its properties."""
    told = context.get("traits")
    traits = dict(told) if isinstance(told, dict) else {}
    properties = _mapping(message.properties, "properties")
    if type_ == "group":
        properties = {**properties, **_mapping(message.traits, "traits")}
    else:
        traits |= _mapping(message.traits, "traits")
    return traits, properties


def _name_and_kind(type_: str, message: _Message, properties: dict[str, Any]) -> tuple[str, str]:
    if type_ == "track":
        name = _name(message.event, "event")
        if not name:
            _refuse("missing_event", "event", "Name what happened in event.")
        return name, commerce.kind_of(name)
    if type_ in {"page", "screen"}:
        name = _name(message.name, "name") or _name(properties.get("name"), "properties.name")
        category = _name(message.category, "category")
        if category:
            properties.setdefault("category", category)
        return name, type_
    return "", type_


def _require_ids(arrival: Arrival) -> None:
    if not (arrival.user_id or arrival.anonymous_id):
        _refuse("missing_identity", "userId", "Send a userId or an anonymousId.")
    if arrival.type == "alias" and not arrival.previous_id:
        _refuse("missing_previous_id", "previousId", "Send the former id as previousId.")
    if arrival.type == "group" and not arrival.group_id:
        _refuse("missing_group_id", "groupId", "Send the group's id as groupId.")
    if arrival.name == CONSENT_UPDATED and arrival.consent is None:
        field = "context.consent.categoryPreferences"
        _refuse("missing_consent", field, "State the preferences that were chosen.")


class _Times(NamedTuple):
    timestamp: datetime
    sent_at: datetime | None = None
    original: datetime | None = None
    skewed: bool = False


def _times(message: _Message, sent: Any, received: datetime) -> _Times:
    """Correct the sender's clock: what lay between its event and its sending, counted back from
    when we received it. Moments no clock can mean are replaced by the moment of receipt."""
    field = "timestamp" if message.timestamp is not None else "originalTimestamp"
    told = message.timestamp if message.timestamp is not None else message.originalTimestamp
    original = _moment(told)
    if original is None and told not in (None, ""):
        _refuse("invalid_timestamp", field, "Send times in ISO 8601, such as 2026-01-31T12:00:00Z.")
    sent_at = _moment(sent)
    if original is None:
        return _Times(received, sent_at)
    try:
        moment = received - (sent_at - original) if sent_at else original
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    skewed = not EARLIEST <= moment <= received + AHEAD
    return _Times(received if skewed else moment, sent_at, original, skewed)


def _moment(value: Any) -> datetime | None:
    """A moment in UTC from ISO 8601 or from seconds or milliseconds since 1970."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
        else:
            return None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _consent(context: Mapping[str, Any]) -> dict[str, bool] | None:
    """What the message states about purposes: ``context.consent.categoryPreferences``."""
    stated = context.get("consent")
    preferences = stated.get("categoryPreferences") if isinstance(stated, dict) else None
    if not isinstance(preferences, dict):
        return None
    found = {}
    for slug, told in preferences.items():
        choice = _CHOICES.get(told.strip().lower()) if isinstance(told, str) else told
        if isinstance(choice, bool):
            found[str(slug)[:60]] = choice
    return found


def _message_id(message: _Message) -> str:
    found = _id(message.messageId, "messageId")
    if len(found) > MAX_MESSAGE_ID:
        limit = f"Send a messageId of at most {MAX_MESSAGE_ID} characters."
        _refuse("message_id_too_long", "messageId", limit)
    return found


def _id(value: Any, field: str) -> str:
    """An id as text; SDKs send nulls for none, and shops send numbers."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        _refuse("invalid_type", field, f"Send {field} as text.")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = str(value).strip()
    if len(found) > MAX_ID:
        _refuse("id_too_long", field, f"Send a {field} of at most {MAX_ID} characters.")
    return found


def _name(value: Any, field: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        _refuse("invalid_type", field, f"Send {field} as text.")
    found = value.strip()
    if len(found) > MAX_NAME:
        _refuse("name_too_long", field, f"Send a {field} of at most {MAX_NAME} characters.")
    return found


def _mapping(value: Any, field: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        _refuse("invalid_type", field, f"Send {field} as an object.")
    return value


def _refuse(code: str, field: str, message: str) -> NoReturn:
    raise _Refused(code, field, message)


def _rejected(refusal: _Refused, raw: bytes, message_id: str) -> Rejected:
    return Rejected(refusal.code, refusal.field, refusal.message, raw, message_id)
