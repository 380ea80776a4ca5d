"""Checking the hash chain over the ledger, apart from the database code that made it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from cdp.lib import sql

_CHAIN = """
SELECT l.position, l.digest, r.sequence, r.act_id::text, r.subject_id::text, r.purpose, r.granted,
       (extract(epoch FROM r.occurred_at) * 1000000)::bigint,
       (extract(epoch FROM r.recorded_at) * 1000000)::bigint,
       r.evidence, r.source, r.explicit, r.notice_version, r.regulation, r.controller,
       r.detail::text
FROM consent_seal l LEFT JOIN consent_ledgerrecord r ON r.sequence = l.sequence
ORDER BY l.position
"""

_UNSEALED = """
SELECT count(*) FROM consent_ledgerrecord r
WHERE NOT EXISTS (SELECT FROM consent_seal l WHERE l.sequence = r.sequence)
"""


@dataclass(slots=True)
class Report:
    """What a check found. ``head`` is the newest digest in hexadecimal: kept outside, it proves
    later that the ledger's end was not cut off."""

    sealed: int = 0
    unsealed: int = 0
    broken: list[int] = field(default_factory=list)
    head: str = ""

    @property
    def sound(self) -> bool:
        """Nothing was changed, removed or slipped in."""
        return not self.broken and not self.unsealed


def verify() -> Report:
    """Walk the whole chain. ``broken`` names positions whose record is gone, moved or altered."""
    report = Report()
    digest = b""
    with transaction.atomic():
        sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        report.unsealed = sql.rows(_UNSEALED)[0][0]
        for position, stored, *fields in _stream():
            report.sealed += 1
            digest = hashlib.sha256(digest + _canonical(fields)).digest()
            if position != report.sealed or digest != bytes(stored):
                report.broken.append(position)
                digest = bytes(stored)
    report.head = digest.hex()
    return report


def _stream() -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_CHAIN)
        while chunk := cursor.fetchmany(5_000):
            yield from chunk


def _canonical(fields: list[Any]) -> bytes:
    """The text that migration 0003 hashes: a JSON array of strings."""
    texts = [str(value) for value in fields]
    texts[4] = "granted" if fields[4] else "refused"
    texts[9] = "explicit" if fields[9] else "repeated"
    return json.dumps(texts, ensure_ascii=False, separators=(", ", ": ")).encode()
