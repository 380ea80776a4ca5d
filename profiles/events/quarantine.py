"""Messages that could not be understood or digested, kept whole and sealed until someone looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cdp.lib import crypto, sql
from profiles.events import receipts
from profiles.events.models import Quarantined, Receipt
from profiles.events.wire import Rejected

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
