"""The law: the same messages in any order, split and doubled in any way, give the same rows."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.lib import sql
from profiles import api
from profiles.attributes import write
from profiles.data import Arrival, SourceInfo
from profiles.identity import nodes
from profiles.identity.evidence import event_id
from tests.factories.messages import message, source

_DUMPS = {
    "profile": "SELECT id, known, created_at, last_seen_at FROM profiles_profile"
    " WHERE merged_into_id IS NULL",
    "identifier": "SELECT id, kind, profile_id, first_seen_at, last_seen_at, sealed"
    " FROM profiles_identifier",
    "edge": 'SELECT "left", "right", rule FROM profiles_edge',
    "event": "SELECT id, node_id, profile_id, timestamp FROM profiles_event",
    "observation": "SELECT node_id, attribute, slot, grain, source_id, profile_id, value, sealed,"
    " rank, observed_at, event_id, rule FROM profiles_observation",
    "value": "SELECT profile_id, attribute, slot, value, sealed, node_id, source_id, rank,"
    " observed_at, event_id, rule FROM profiles_value",
    "day": "SELECT * FROM profiles_day",
    "behaviour": "SELECT * FROM profiles_behaviour",
    "affinity": "SELECT * FROM profiles_affinity",
}


class _RolledBack(Exception):
    pass


def _dump() -> dict[str, list[tuple[Any, ...]]]:
    tables = {name: sorted(sql.rows(query), key=repr) for name, query in _DUMPS.items()}
    tables["identifier"] = [
        (*row[:-1], nodes.unseal(row[0], row[-1])) for row in tables["identifier"]
    ]
    tables["observation"] = sorted((_open(row, 0, 1, 7) for row in tables["observation"]), key=repr)
    tables["value"] = sorted((_open(row, 5, 1, 4) for row in tables["value"]), key=repr)
    return tables


def _open(row: tuple[Any, ...], node: int, attribute: int, sealed: int) -> tuple[Any, ...]:
    if row[sealed] is None:
        return row
    value = write.unseal(row[node], row[attribute], row[sealed])
    return (*row[:sealed], value, *row[sealed + 1 :])


def _digested(batches: Sequence[Sequence[Arrival]]) -> dict[str, list[tuple[Any, ...]]]:
    """The tables after these batches, which are then undone."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    try:
        with transaction.atomic():
            for batch in batches:
                api.process(batch)
            found = _dump()
            raise _RolledBack
    except _RolledBack:
        return found


_USERS, _VISITORS = st.sampled_from(["", "u1", "u2", "u3"]), st.sampled_from(["", "a1", "a2", "a3"])
_TRAITS = st.sampled_from(
    [
        {},
        {"email": "one@example.org"},
        {"email": "two@example.org", "gender": "f"},
        {"gender": "m", "address": {"country": "DE", "city": "Berlin"}},
        {"gender": None, "loyaltyTier": {"name": "gold"}},
        {"age": 30, "firstName": "Ada"},
    ]
)
_CONTEXT = st.sampled_from(
    [
        {},
        {"locale": "de-DE", "device": {"type": "mobile"}},
        {"page": {"path": "/a"}, "campaign": {"source": "mail"}},
        {"location": {"country": "FR", "city": "Lyon"}},
    ]
)
_KINDS = st.sampled_from(["view", "view", "add", "purchase", "refund", "identify", "alias", "page"])
_ITEMS = st.sampled_from([(), (("i1", "Cups", "Acme"),), (("i2", "Tea", ""), ("i3", "Cups", "Z"))])
_MESSAGES = st.lists(
    st.tuples(
        _KINDS, _USERS, _VISITORS, _TRAITS, _CONTEXT, _ITEMS, st.integers(0, 3_000), st.booleans()
    ),
    min_size=2,
    max_size=10,
)


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(_MESSAGES, st.integers(0, 1_000_000))
def test_history__in_any_order_split_and_doubled__gives_the_same_rows(
    told: list[tuple[Any, ...]], seed: int
) -> None:
    origins = source(), source("test-crm", trust_rank=80)
    arrivals = [
        message(
            origins[trusted],
            kind,
            user=user,
            visitor=visitor,
            minutes=minutes,
            traits=traits if kind == "identify" else {},
            context=context,
            items=items,
            revenue="12.50" if kind in {"purchase", "refund"} else None,
            previous_id=("u2" if user != "u2" else "u1") if kind == "alias" and user else "",
        )
        for kind, user, visitor, traits, context, items, minutes, trusted in told
        if user or visitor
    ]
    random = Random(seed)
    again = [replace(arrival) for arrival in arrivals + arrivals[:3]]
    random.shuffle(again)
    cuts = sorted(random.sample(range(len(again) + 1), min(3, len(again) + 1)))
    pieces = [again[a:b] for a, b in zip([0, *cuts], [*cuts, len(again)], strict=True)]
    whole, pieced = _digested([arrivals]), _digested(pieces)
    for name in _DUMPS:
        assert whole[name] == pieced[name], name


@pytest.mark.django_db(transaction=True)
def test_digests__side_by_side_over_the_same_people__lose_and_double_nothing() -> None:
    web, random = source(), Random(7)
    arrivals = [
        message(
            web,
            random.choice(["view", "purchase", "identify"]),
            user=random.choice(["", "u1", "u2", "u3"]),
            visitor=random.choice(["a1", "a2", "a3", "a4"]),
            minutes=random.randrange(3_000),
            traits={"gender": random.choice("fmx"), "email": random.choice(["x@a.de", "y@a.de"])},
            context={"page": {"path": f"/{number}"}},
            items=(("i", random.choice(["Cups", "Tea"]), ""),),
            revenue="1.25",
        )
        for number in range(80)
    ]
    alone = _digested([arrivals])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_process_apart, [arrivals[n::16] for n in range(16)]))
    together = _dump()
    for name in _DUMPS:
        assert alone[name] == together[name], name


def _process_apart(arrivals: Sequence[Arrival]) -> None:
    try:
        api.process(arrivals)
    finally:
        connection.close()


def test_event_id__of_the_same_message__is_the_same() -> None:
    one = message(_offline(), message_id="m")
    assert event_id(one) == event_id(replace(one, properties={"x": 1}))
    assert event_id(one) != event_id(replace(one, message_id="n"))
    assert event_id(one).version == 8
    assert isinstance(event_id(one), UUID)


def _offline() -> SourceInfo:
    return SourceInfo(1, "s", "web", 50)
