"""Events into their partitioned table, by binary COPY."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from psycopg import postgres
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import Format
from psycopg.types.json import Jsonb

from cdp.lib import crypto, sql
from profiles.data import Event, Line
from profiles.events import partitions
from profiles.events.personal import split_personal

COLUMNS: Mapping[str, str] = {
    "id": "uuid",
    "timestamp": "timestamptz",
    "received_at": "timestamptz",
    "sent_at": "timestamptz",
    "original_timestamp": "timestamptz",
    "skewed": "bool",
    "source_id": "int4",
    "message_id": "text",
    "type": "text",
    "kind": "text",
    "name": "text",
    "node_id": "uuid",
    "profile_id": "uuid",
    "purposes": "int4",
    "order_id": "text",
    "revenue": "numeric",
    "currency": "text",
    "items": "text[]",
    "quantities": "numeric[]",
    "prices": "numeric[]",
    "categories": "text[]",
    "brands": "text[]",
    "properties": "jsonb",
    "context": "jsonb",
    "personal": "bytea",
}
"""Columns of ``profiles_event`` with their PostgreSQL types, in the order they are written."""

TRACKED = frozenset({"page", "screen", "identify", "alias", "group"})
"""Kinds that are types of call themselves; every other kind came by ``track``."""


def write(events: Sequence[Event]) -> None:
    """Write events. Raises :class:`partitions.MissingPartitions` where a month has no place yet."""
    if not events:
        return
    partitions.require(partitions.month_of(event.timestamp) for event in events)
    ordered = sorted(events, key=lambda event: event.event_id)
    types = ["bytea" if kind.endswith("[]") else kind for kind in COLUMNS.values()]
    sql.copy("profiles_event", list(COLUMNS), types, map(row, ordered))


def row(event: Event) -> tuple[Any, ...]:
    """An event as the values of :data:`COLUMNS`, arrays already in PostgreSQL's binary form."""
    clear, sealed = split_personal(event.properties, event.traits, event.context)
    return (
        event.event_id,
        event.timestamp,
        event.received_at,
        event.sent_at,
        event.original_timestamp,
        event.skewed,
        event.source_id,
        event.message_id,
        event.kind if event.kind in TRACKED else "track",
        event.kind,
        event.name,
        event.node_id,
        event.profile_id,
        event.purposes,
        event.order_id,
        event.revenue,
        event.currency,
        *_arrays(event.lines),
        _json(clear),
        _json(event.context),
        crypto.encrypt(msgspec.json.encode(sealed), place=_place(event)) if sealed else None,
    )


@lru_cache(maxsize=16_384)
def _arrays(lines: tuple[Line, ...]) -> Sequence[Any]:
    """The five arrays of an event, in binary. psycopg makes arrays in Python, element by element;
    most events have no lines, and the same products are looked at again and again."""
    known = Transformer()
    oids = [_array_oid(kind) for kind in COLUMNS.values() if kind.endswith("[]")]
    known.set_dumper_types(oids, Format.BINARY)
    values = [
        [line.item_id for line in lines],
        [line.quantity for line in lines],
        [line.price for line in lines],
        [line.category for line in lines],
        [line.brand for line in lines],
    ]
    return [bytes(one) for one in known.dump_sequence(values, [PyFormat.BINARY] * 5) if one]


def _array_oid(kind: str) -> int:
    return postgres.types[kind.removesuffix("[]")].array_oid


def unseal(personal: bytes, event: Event) -> dict[str, Any]:
    """The sealed traits and properties of an event. Raises
    :class:`cdp.lib.crypto.Undecipherable`."""
    opened: dict[str, Any] = json.loads(crypto.decrypt(personal, place=_place(event)))
    return opened


def _place(event: Event) -> bytes:
    return b"event:" + event.event_id.bytes


def _json(value: Mapping[str, Any]) -> Jsonb:
    return Jsonb(value, dumps=msgspec.json.encode)
