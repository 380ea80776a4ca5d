"""What every test may rely on."""

from collections.abc import Iterable

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

_flush = DatabaseOperations.execute_sql_flush


def _flush_past_triggers(self: DatabaseOperations, sql_list: Iterable[str]) -> None:
    """Append-only tables refuse TRUNCATE, rightly; between tests they must still be emptied."""
    return _flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])


@pytest.fixture(scope="session", autouse=True)
def _tests_may_empty_append_only_tables() -> None:
    DatabaseOperations.execute_sql_flush = _flush_past_triggers  # type: ignore[method-assign]
