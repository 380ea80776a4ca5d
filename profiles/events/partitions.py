"""Partitions of the inbox (a day each) and of the events (a month each), made before they are
needed.

A partition is made as a table of its own and then attached: ``CREATE TABLE … PARTITION OF`` would
take an exclusive lock on the whole table and wait for, and hold up, everyone using it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from cdp.lib import sql


class MissingPartitions(Exception):
    """Events fall into months that have no partition yet: make them outside this transaction."""

    def __init__(self, months: Iterable[date]) -> None:
        super().__init__("months without a partition")
        self.months = sorted(set(months))


def month_of(moment: datetime) -> date:
    """The first day of the month (UTC) a moment lies in."""
    return date(moment.year, moment.month, 1)


def require(months: Iterable[date]) -> None:
    """Raise :class:`MissingPartitions` unless every month has its partition."""
    wanted = {_event_table(month): month for month in months}
    standing = _children("profiles_event")
    missing = [month for table, month in wanted.items() if table not in standing]
    if missing:
        raise MissingPartitions(missing)


def ensure_months(months: Iterable[date]) -> None:
    """Make the partitions of these months where they are missing, in a transaction of its own."""
    ranges = [
        (_event_table(month), _midnight(month), _midnight(_next_month(month)))
        for month in sorted(set(months))
    ]
    _ensure("profiles_event", ranges)


def ensure_partitions(first: datetime, last: datetime) -> None:
    """Make the monthly partitions from ``first`` to ``last``."""
    months, month = [], month_of(first)
    while month <= month_of(last):
        months.append(month)
        month = _next_month(month)
    ensure_months(months)


def ensure_days(first: date, days: int) -> None:
    """Make the inbox's partitions for ``days`` days from ``first`` on."""
    wanted = [first + timedelta(days=offset) for offset in range(days)]
    _ensure(
        "profiles_inbox",
        [(_inbox_table(d), _midnight(d), _midnight(d + timedelta(days=1))) for d in wanted],
    )


def inbox_days() -> list[date]:
    """The days the inbox has partitions for, oldest first."""
    return sorted(
        datetime.strptime(name, "profiles_inbox_%Y%m%d").date()  # noqa: DTZ007  a date, no time
        for name in _children("profiles_inbox")
    )


def drop_inbox_day(day: date) -> None:
    """Drop one day of the inbox. Detaching concurrently waits for nobody's lock, but must run
    outside a transaction; inside one (tests) the plain form serves."""
    table = _inbox_table(day)
    manner = "" if connection.in_atomic_block else "CONCURRENTLY"
    ((half_done,),) = sql.rows(
        "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = %s::regclass", [table]
    )
    if half_done:  # an earlier try was killed between its two steps
        manner = "FINALIZE"
    sql.execute(f"ALTER TABLE profiles_inbox DETACH PARTITION {table} {manner}")
    sql.execute(f"DROP TABLE {table}")


def drop_detached_days() -> None:
    """Drop days whose dropping was killed after they had been detached."""
    for (table,) in sql.rows(
        "SELECT c.oid::regclass::text FROM pg_class c"
        " WHERE c.relkind = 'r' AND c.relname ~ '^profiles_inbox_[0-9]{8}$'"
        " AND pg_table_is_visible(c.oid)"
        " AND NOT EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid)"
    ):
        sql.execute(f"DROP TABLE IF EXISTS {table}")


def _ensure(parent: str, ranges: list[tuple[str, datetime, datetime]]) -> None:
    standing = _children(parent)
    missing = [entry for entry in ranges if entry[0] not in standing]
    if not missing:
        return
    with transaction.atomic():
        sql.hold("profiles: partitions")
        standing = _children(parent)
        for table, start, end in missing:
            if table not in standing:
                _attach(parent, table, start, end)


def _attach(parent: str, table: str, start: datetime, end: datetime) -> None:
    bounds = f"FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
    sql.execute(
        f"CREATE TABLE IF NOT EXISTS {table}"
        f" (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)"
    )
    sql.execute(f"ALTER TABLE {parent} ATTACH PARTITION {table} FOR VALUES {bounds}")


def _children(parent: str) -> set[str]:
    return {
        name
        for (name,) in sql.rows(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [parent],
        )
    }


def _event_table(month: date) -> str:
    return f"profiles_event_{month:%Y%m}"


def _inbox_table(day: date) -> str:
    return f"profiles_inbox_{day:%Y%m%d}"


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
