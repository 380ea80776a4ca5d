"""What every test may rely on."""

from collections.abc import Iterable

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

_flush = DatabaseOperations.execute_sql_flush


def _flush_past_triggers(self: DatabaseOperations, sql_list: Iterable[str]) -> None:
    """Append-only tables refuse TRUNCATE, rightly; between tests they must still be emptied. So
    must the partitioned tables, which Django does not manage; the inbox's ids start anew with its
    cursors."""
    replica = "SET LOCAL session_replication_role = replica"
    partitioned = "TRUNCATE profiles_inbox, profiles_event RESTART IDENTITY"
    return _flush(self, [replica, *sql_list, partitioned])


@pytest.fixture(scope="session", autouse=True)
def _tests_may_empty_append_only_tables() -> None:
    setattr(DatabaseOperations, "execute_sql_flush", _flush_past_triggers)  # noqa: B010  mypy
