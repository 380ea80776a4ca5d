"""Subjects that were one person and part again."""

from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import api
from consent.data import RESTRICTION, Evidence
from consent.ledger import fold
from consent.ledger.link import link_all
from tests.consent.acts import act

pytestmark = pytest.mark.django_db

FAMILY = [UUID(int=number) for number in range(1, 5)]


def test_part__device_that_only_borrowed_a_grant__has_none() -> None:
    person, device = uuid4(), uuid4()
    api.link(person, [device])
    api.record([act(person, "analytics", True)])
    assert api.permits(device, "analytics")
    link_all({}, alone=[device])
    assert not api.permits(device, "analytics")
    assert api.permits(person, "analytics")
    assert fold.persons([person]) == {person: frozenset({person})}


def test_part__refused_while_one_person__stays_refused_for_each_and_says_so() -> None:
    person, device = uuid4(), uuid4()
    api.record([act(device, "analytics", True, 0)])
    api.link(person, [device])
    api.record([act(person, "analytics", False, 1)])
    link_all({}, alone=[device])
    assert not api.permits(device, "analytics")
    taken = api.history(device)[-1].act
    assert (taken.subject_id, taken.granted, taken.source) == (device, False, "parting")
    assert len(api.history(person)) == 1
    api.record([act(device, "analytics", True, 2)])
    assert api.permits(device, "analytics")
    assert not api.permits(person, "analytics")


def test_part__state_repeated_by_a_client__answers_only_a_copy_of_its_own_kind() -> None:
    for explicit, permitted in ((False, True), (True, False)):
        person, device = uuid4(), uuid4()
        told = {"evidence": Evidence.CLIENT_ASSERTED}
        api.record([act(device, "marketing", False, 0, explicit=explicit, **told)])
        api.link(person, [device])
        link_all({}, alone=[device])
        api.record([act(person, "marketing", True, 1, explicit=False, **told)])
        assert api.permits(person, "marketing") is permitted


def test_part__restricted_while_one_person__stays_restricted_for_each() -> None:
    person, device = uuid4(), uuid4()
    api.link(person, [device])
    api.record([act(person, RESTRICTION, True)])
    link_all({}, alone=[device])
    assert api.standings([person, device]) == {person: 0, device: 0}


def test_part__then_joined_to_another__is_judged_with_the_other() -> None:
    first, second, device = uuid4(), uuid4(), uuid4()
    api.record([act(device, "marketing", True, 0), act(second, "marketing", False, 1)])
    api.link(first, [device])
    assert api.permits(first, "marketing")
    api.link(second, [device])
    assert not api.permits(first, "marketing")
    assert not api.permits(device, "marketing")


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["act", "act", "join", "part"]),
        st.sampled_from(FAMILY),
        st.sampled_from(FAMILY),
        st.booleans(),
        st.booleans(),
        st.integers(0, 9),
    ),
    max_size=12,
)


class _RolledBack(Exception):
    pass


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(_STEPS)
def test_part__after_any_history__permits_nothing_new_and_nothing_unsaid(
    steps: list[tuple[str, UUID, UUID, bool, bool, int]],
) -> None:
    try:
        with transaction.atomic():
            for what, one, other, granted, explicit, hours in steps:
                before = api.standings(FAMILY)
                if what == "act":
                    api.record([act(one, "marketing", granted, hours, explicit=explicit)])
                elif what == "join":
                    api.link(other, [one])
                else:
                    link_all({}, alone=[one])
                    after = api.standings(FAMILY)
                    assert all(after[s] & ~before[s] == 0 for s in FAMILY)
                _check_each_standing()
            raise _RolledBack
    except _RolledBack:
        pass


def _check_each_standing() -> None:
    for subject in FAMILY:
        said = {record.act.granted for record in api.history(subject)}
        assert not api.permits(subject, "marketing") or True in said
        decided = {d.purpose: d.permitted for d in api.decisions(subject)}
        assert decided["marketing"] is api.permits(subject, "marketing")
