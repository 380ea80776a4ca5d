"""Claims into the tables: every claim for good, and of each attribute the one that holds.

Claims travel through a temporary table, filled by binary COPY: one trip, and both tables are then
written by one sorted statement each.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from cdp.lib import crypto, sql
from profiles.attributes.precedence import Weight, outweighs, strongest_first

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS staged_claim (
    node_id uuid, attribute text COLLATE "C", slot text COLLATE "C", grain timestamptz,
    source_id int, profile_id uuid, value text, sealed bytea, rank smallint,
    observed_at timestamptz, recorded_at timestamptz, event_id uuid, rule text
) ON COMMIT DELETE ROWS
"""
_TYPES = ("uuid", "text", "text", "timestamptz", "int4", "uuid", "text", "bytea", "int2",
          "timestamptz", "timestamptz", "uuid", "text")  # fmt: skip
_COLUMNS = ("node_id", "attribute", "slot", "grain", "source_id", "profile_id", "value", "sealed",
            "rank", "observed_at", "recorded_at", "event_id", "rule")  # fmt: skip

_OBSERVE = f"""
INSERT INTO profiles_observation AS o
    (node_id, attribute, slot, grain, source_id, profile_id, value, sealed, rank, observed_at,
     recorded_at, event_id, rule)
SELECT node_id, attribute, slot, grain, source_id, profile_id, value::jsonb, sealed, rank,
       observed_at, recorded_at, event_id, rule
FROM staged_claim ORDER BY node_id, attribute, slot, grain, source_id
ON CONFLICT (node_id, attribute, slot, grain, source_id) DO UPDATE
SET value = excluded.value, sealed = excluded.sealed, rank = excluded.rank,
    observed_at = excluded.observed_at, recorded_at = excluded.recorded_at,
    event_id = excluded.event_id, rule = excluded.rule
WHERE {outweighs("excluded", "o")}
"""  # noqa: S608
_HOLD = f"""
INSERT INTO profiles_value AS v
    (profile_id, attribute, slot, value, sealed, node_id, source_id, rank, observed_at,
     recorded_at, event_id, rule)
SELECT DISTINCT ON (c.profile_id, c.attribute, c.slot)
       c.profile_id, c.attribute, c.slot, c.value::jsonb, c.sealed, c.node_id, c.source_id, c.rank,
       c.observed_at, c.recorded_at, c.event_id, c.rule
FROM {{claims}} c WHERE {{condition}}
ORDER BY c.profile_id, c.attribute, c.slot, {strongest_first("c")}
ON CONFLICT (profile_id, attribute, slot) DO UPDATE
SET value = excluded.value, sealed = excluded.sealed, node_id = excluded.node_id,
    source_id = excluded.source_id, rank = excluded.rank, observed_at = excluded.observed_at,
    recorded_at = excluded.recorded_at, event_id = excluded.event_id, rule = excluded.rule
WHERE {outweighs("excluded", "v")}
RETURNING profile_id, attribute, slot
"""  # noqa: S608
_HOLD_STAGED = _HOLD.format(claims="staged_claim", condition="c.profile_id <> ALL(%(not)s)")
_HOLD_STORED = _HOLD.format(
    claims="profiles_observation", condition="c.profile_id = ANY(%(profiles)s)"
)

Changed = tuple[UUID, str, str]
"""Profile, attribute and slot that got another claim to hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claim with everything that is kept of it. ``personal`` seals the value."""

    node_id: UUID
    attribute: str
    slot: str
    grain: datetime
    source_id: int
    profile_id: UUID
    value: Any
    personal: bool
    weight: Weight
    rule: str


def claims(rows: Iterable[Row], *, now: datetime, moved: Collection[UUID] = ()) -> list[Changed]:
    """Write claims. Of ``moved`` profiles, whose history changed hands, what holds is found anew
    from all their claims. Runs in the caller's transaction, which holds the profiles' row locks."""
    strongest: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = (row.node_id, row.attribute, row.slot, row.grain, row.source_id)
        held = strongest.get(key)
        if held is None or row.weight > held.weight:
            strongest[key] = row
    changed: list[Changed] = []
    if strongest:
        sql.execute(_STAGE)
        sql.copy("staged_claim", _COLUMNS, _TYPES, (_row(row, now) for row in strongest.values()))
        sql.execute(_OBSERVE)
        changed += sql.rows(_HOLD_STAGED, {"not": sorted(moved)})
        sql.execute("DELETE FROM staged_claim")
    if moved:
        changed += _hold_anew(sorted(moved))
    return changed


def seal(node_id: UUID, attribute: str, value: Any) -> bytes:
    """A personal value at rest, bound to the identifier it was claimed for, which merges keep."""
    return crypto.encrypt(msgspec.json.encode(value), place=_place(node_id, attribute))


def unseal(node_id: UUID, attribute: str, sealed: bytes) -> Any:
    """The value in clear. Raises :class:`cdp.lib.crypto.Undecipherable`."""
    return json.loads(crypto.decrypt(bytes(sealed), place=_place(node_id, attribute)))


def _hold_anew(profiles: Sequence[UUID]) -> list[Changed]:
    gone: list[Changed] = sql.rows(
        "DELETE FROM profiles_value WHERE profile_id = ANY(%s)"
        " RETURNING profile_id, attribute, slot",
        [profiles],
    )
    held: list[Changed] = sql.rows(_HOLD_STORED, {"profiles": profiles})
    return gone + held


def _row(row: Row, now: datetime) -> tuple[Any, ...]:
    value = sealed = None
    if row.value is not None and row.personal:
        sealed = seal(row.node_id, row.attribute, row.value)
    elif row.value is not None:
        value = msgspec.json.encode(row.value).decode()
    return (
        row.node_id,
        row.attribute,
        row.slot,
        row.grain,
        row.source_id,
        row.profile_id,
        value,
        sealed,
        row.weight.rank,
        row.weight.observed_at,
        now,
        row.weight.event_id,
        row.rule,
    )


def _place(node_id: UUID, attribute: str) -> bytes:
    return b"value:" + node_id.bytes + attribute.encode()
