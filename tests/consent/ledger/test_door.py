"""The door of consent on a real database."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from cdp.lib import sql
from consent import api
from consent.data import RESTRICTION, Evidence
from tests.consent.acts import act

pytestmark = pytest.mark.django_db


def test_standings__nothing_ever_said__only_what_needs_no_consent() -> None:
    subject = uuid4()
    assert (
        api.standings([subject])
        == {subject: api.mask_of("service")}
        == {subject: api.always_mask()}
    )


def test_standings__many_subjects__one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    subjects = [uuid4() for _ in range(50)]
    api.record([act(subject, "analytics", True) for subject in subjects[:25]])
    api.purposes()
    with django_assert_num_queries(1):
        masks = api.standings(subjects)
    assert [masks[s] for s in subjects] == [api.mask_of("service", "analytics")] * 25 + [
        api.mask_of("service")
    ] * 25


def test_record__same_act_twice__written_once() -> None:
    subject = uuid4()
    choice = act(subject, "marketing", True)
    assert [api.record([choice, choice]), api.record([choice])] == [1, 0]
    assert api.permits(subject, "marketing")


def test_record__repeated_states_that_change_nothing__one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    subjects = [uuid4() for _ in range(20)]
    state: dict[str, Any] = {"explicit": False, "evidence": Evidence.CLIENT_ASSERTED}
    api.record([act(s, "analytics", True, **state) for s in subjects])
    with django_assert_num_queries(1):
        written = api.record([act(s, "analytics", True, 5, **state) for s in subjects])
    assert written == 0


def test_record__many_changes__a_fixed_number_of_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    api.purposes()
    with django_assert_max_num_queries(11):
        written = api.record([act(uuid4(), "analytics", True) for _ in range(300)])
    assert written == 300


def test_record__purpose_nobody_registered__left_out() -> None:
    assert api.record([act(uuid4(), "world_domination", True)]) == 0


def test_record__an_old_grant_after_a_repeated_refusal__stays_refused() -> None:
    subject = uuid4()
    state: dict[str, Any] = {"explicit": False, "evidence": Evidence.CLIENT_ASSERTED}
    api.record([act(subject, "analytics", False, 0, **state)])
    api.record([act(subject, "analytics", False, 5, **state)])
    api.record([act(subject, "analytics", True, 2, **state)])
    assert not api.permits(subject, "analytics")


def test_restriction__asked_for__leaves_nothing_until_lifted() -> None:
    subject = uuid4()
    api.record([act(subject, "analytics", True), act(subject, RESTRICTION, True, 1)])
    assert api.standings([subject]) == {subject: 0}
    api.record([act(subject, RESTRICTION, False, 2)])
    assert api.standings([subject]) == {subject: api.mask_of("service", "analytics")}


def test_sql__mask_and_permits__say_what_standings_says() -> None:
    known, unknown = uuid4(), uuid4()
    api.record([act(known, "marketing", True), act(known, "analytics", False)])
    found = sql.rows(
        f"SELECT s, {api.mask_sql('s')}, {api.permits_sql('s', 'marketing')}"
        " FROM unnest(%s::uuid[]) AS s",
        [[known, unknown]],
    )
    assert {s: mask for s, mask, _ in found} == api.standings([known, unknown])
    assert {s: allowed for s, _, allowed in found} == {known: True, unknown: False}


def test_link__refused_by_one_granted_by_the_other__refused_for_both() -> None:
    device, person = uuid4(), uuid4()
    api.record([act(device, "analytics", False, 2), act(person, "analytics", True, 1)])
    api.link(person, [device])
    assert not api.permits(device, "analytics")
    assert not api.permits(person, "analytics")
    api.record([act(person, "analytics", True, 3)])
    assert api.permits(device, "analytics")
    assert [r.act.granted for r in api.history(device)].count(True) == 2


def test_link__chains_of_merges__everyone_shares_one_standing() -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    api.record([act(three, "marketing", True)])
    api.link(two, [three])
    api.link(one, [two])
    assert len(set(api.standings([one, two, three]).values())) == 1
    assert api.permits(one, "marketing")


def test_decisions__asked_about_an_earlier_moment__what_held_then() -> None:
    subject = uuid4()
    first, second = act(subject, "analytics", True, 0), act(subject, "analytics", False, 10)
    api.record([second, first])
    then = {d.purpose: d.permitted for d in api.decisions(subject, at=first.occurred_at)}
    now = {d.purpose: d.because for d in api.decisions(subject)}
    assert then["analytics"] is True
    assert now == {
        "service": "contract",
        "analytics": "refused",
        "personalisation": "never_asked",
        "marketing": "never_asked",
    }


def test_purposes__a_new_database__holds_the_four_and_their_notice() -> None:
    assert [(p.slug, p.bit) for p in api.purposes().values()] == [
        ("service", 0),
        ("analytics", 1),
        ("personalisation", 2),
        ("marketing", 3),
    ]
    assert api.current_notice() == "2026-1"
    assert set(api.notices("2026-1")) == set(api.purposes())
    assert connection.vendor == "postgresql"
