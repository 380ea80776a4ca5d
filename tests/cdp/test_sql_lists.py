"""Lists bound to SQL arrive as they were."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.lib import sql

pytestmark = pytest.mark.django_db

_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
_AWKWARD = ["", "NULL", "null", '"', "\\", "\\x", "{a,b}", " a ", "'", "%s", "é\u2003", ","]
_NUMBERS = st.integers(-(2**63), 2**63 - 1)
_MOMENTS = st.integers(-(10**10), 10**11).map(lambda s: datetime.fromtimestamp(s, UTC))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.tuples(st.just("text"), st.lists(_TEXTS | st.sampled_from(_AWKWARD) | st.none())),
        st.tuples(st.just("bigint"), st.lists(_NUMBERS | st.none())),
        st.tuples(st.just("bytea"), st.lists(st.binary(max_size=8))),
        st.tuples(st.just("uuid"), st.lists(st.uuids() | st.none())),
        st.tuples(st.just("timestamptz"), st.lists(_MOMENTS | st.none())),
        st.tuples(st.just("bool"), st.lists(st.booleans())),
    )
)
def test_list__of_any_plain_type__arrives_as_it_was(told: tuple[str, list[Any]]) -> None:
    kind, values = told
    found = sql.rows(f"SELECT u FROM unnest(%s::{kind}[]) WITH ORDINALITY AS t (u, n)", [values])
    assert [row[0] for row in found] == values


def test_list__without_a_cast__is_known_by_its_elements() -> None:
    assert sql.rows("SELECT %s", [[UUID(int=1)]]) == [([UUID(int=1)],)]
    assert sql.rows("SELECT 'b' = ANY(%s)", [["a", "b"]]) == [(True,)]


def test_list__with_a_text_that_cannot_be_kept__is_refused() -> None:
    with pytest.raises((DatabaseError, ValueError)), transaction.atomic():
        sql.rows("SELECT %s::text[]", [["a\0b", "c"]])
