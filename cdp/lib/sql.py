"""The few shapes in which set-based SQL is sent: COPY in, rows out, one lock, a retry's reason."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection
from psycopg import sql
from psycopg.types.array import ListDumper

TRANSIENT = frozenset({"40001", "40P01", "55P03", "57014", "25P03", "25P04", "25006"})
"""SQLSTATEs after which the same work may succeed: serialisation, deadlock, lock and statement
time-outs, idle and transaction time-outs (which Django raises as InternalError), a failover."""


class _Lists(ListDumper):
    """Writes lists of one plain type in one go. psycopg looks at each element in Python, with a
    search for what must be quoted, which cost a tenth of the digest's time."""

    def dump(self, obj: list[Any]) -> Any:
        kinds = set(map(type, obj))
        write = _PLAIN.get(kinds.pop()) if len(kinds) == 1 else None
        if write is None:
            return super().dump(obj)
        written = f"{{{','.join(map(write, obj))}}}".encode()
        return super().dump(obj) if b"\0" in written else written  # it says what is wrong with NUL


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_PLAIN: Mapping[type, Callable[[Any], str]] = {
    UUID: attrgetter("hex"),
    datetime: datetime.isoformat,
    int: str,
    str: _quoted,
    bytes: lambda value: '"\\\\x' + value.hex() + '"',
}


def rows(query: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    with connection.cursor() as cursor:
        cursor.adapters.register_dumper(list, _Lists)
        cursor.execute(query, params)
        return cast("list[tuple[Any, ...]]", cursor.fetchall())


def execute(query: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> int:
    """Run one statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.adapters.register_dumper(list, _Lists)
        cursor.execute(query, params)
        return int(cursor.rowcount)


def copy(
    table: str,
    columns: Sequence[str],
    types: Sequence[str],
    data: Iterable[Sequence[Any]],
) -> None:
    """Binary ``COPY`` of ``data`` into ``table`` within the present transaction.

    ``types`` are PostgreSQL type names, one a column: the binary format does not convert.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor:
        raw = cast("psycopg.Cursor[Any]", cursor.cursor)
        with raw.copy(statement) as out:
            out.set_types(list(types))
            for row in data:
                out.write_row(row)


def hold(name: str) -> None:
    """Take the advisory lock called ``name`` until the present transaction ends."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def is_transient(failure: DatabaseError) -> bool:
    """Whether trying again may help, judged by SQLSTATE and never by exception class."""
    state = getattr(failure.__cause__, "sqlstate", None) or ""
    return state in TRANSIENT or state[:2] in {"08", "53"} or state.startswith("57P")
