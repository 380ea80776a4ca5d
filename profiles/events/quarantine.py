"""Messages that could not be understood or digested, kept whole and sealed until someone looks."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp.lib import crypto, sql
from profiles.events import receipts
from profiles.events.models import Quarantined, Receipt
from profiles.events.wire import Rejected

_TELLING = 10
"""Characters, with quotes, from which on an identifier is told by its mere occurrence."""

_COLUMNS = ("source_id", "received_at", "code", "field", "message", "body")
_TYPES = ("int8", "timestamptz", "varchar", "varchar", "varchar", "bytea")


@dataclass(frozen=True, slots=True)
class Case:
    """A rejected message with where and when it came in."""

    source_id: int
    received_at: datetime
    rejected: Rejected


def keep(cases: Sequence[Case]) -> int:
    """Put messages into quarantine, each once however often it is sent. Returns how many were
    new."""
    by_key = {
        receipts.quarantine_key(case.source_id, case.rejected.message_id): case for case in cases
    }
    fresh = receipts.issue(by_key, Receipt.Outcome.QUARANTINED)
    new = [by_key[key] for key in sorted(fresh)]
    if new:
        sql.copy("profiles_quarantined", _COLUMNS, _TYPES, (_row(case) for case in new))
    return len(new)


def unseal(row: Quarantined) -> bytes:
    """The message as it was sent. Raises :class:`cdp.lib.crypto.Undecipherable`."""
    return crypto.decrypt(bytes(row.body), place=_place(row.source_id))


def forget(names: Collection[str]) -> int:
    """Delete the messages in which one of these identifiers stands, whatever else is wrong with
    them, and return how many. Short identifiers count only as whole JSON strings, because they
    occur within other words."""
    told = [json.dumps(name, ensure_ascii=False).lower() for name in names if name]
    wanted = [text if len(text) < _TELLING else text[1:-1] for text in told]
    if not wanted:
        return 0
    found = [
        row.pk
        for row in Quarantined.objects.only("source_id", "body").iterator(chunk_size=500)
        if any(text in unseal(row).decode("utf-8", "replace").lower() for text in wanted)
    ]
    removed, _ = Quarantined.objects.filter(pk__in=found).delete()
    return removed


def _row(case: Case) -> tuple[object, ...]:
    rejected = case.rejected
    return (
        case.source_id,
        case.received_at,
        rejected.code,
        rejected.field[:200],
        rejected.message[:300],
        crypto.encrypt(rejected.raw, place=_place(case.source_id)),
    )


def _place(source_id: int) -> bytes:
    return f"quarantine:{source_id}".encode()
