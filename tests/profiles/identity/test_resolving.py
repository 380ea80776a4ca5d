"""Identity on the real database: stories end to end."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cdp.lib import sql
from consent import api as consent
from profiles import api
from profiles.data import SourceInfo
from profiles.identity import lookup
from profiles.identity.models import Edge, Profile
from profiles.identity.nodes import node_id
from tests.factories.messages import START, message, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> SourceInfo:
    return source()


def _owner(kind: str, value: str) -> UUID:
    found = api.resolve(kind, value)
    assert found is not None
    return found


def _events_of(profile_id: UUID) -> int:
    return len(api.events(profile_id, limit=100))


def test_visitor__who_signs_in__keeps_one_profile_with_all_events(web: SourceInfo) -> None:
    api.process([message(web, visitor="a", minutes=n) for n in range(3)])
    visitor = _owner("anonymous_id", "a")
    api.process([message(web, "identify", user="u", visitor="a", minutes=4)])
    person = _owner("user_id", "u")
    assert _owner("anonymous_id", "a") == person != visitor
    assert api.canonical(visitor) == person
    assert _events_of(person) == 4
    assert Profile.objects.get(pk=visitor).merged_into_id == person
    found = api.profile(visitor)
    assert found is not None
    assert (found.profile_id, found.known, found.merged) == (person, True, (visitor,))


def test_laptop__of_two_people__joins_neither_and_gives_back_what_it_took(web: SourceInfo) -> None:
    api.process([message(web, visitor="a")])
    api.process([message(web, user="u1", visitor="a", minutes=1)])
    assert _events_of(_owner("user_id", "u1")) == 2
    api.process([message(web, user="u2", visitor="a", minutes=2)])
    first, second = _owner("user_id", "u1"), _owner("user_id", "u2")
    device = _owner("anonymous_id", "a")
    assert len({first, second, device}) == 3
    assert (_events_of(first), _events_of(second), _events_of(device)) == (1, 1, 1)
    assert Profile.objects.get(pk=device).merged_into_id is None
    assert _views(first) == _views(second) == _views(device) == 1


def test_laptop__split_off_late__is_bound_no_more_by_what_its_first_user_chooses(
    web: SourceInfo,
) -> None:
    for minute, user in enumerate(["", "u1"]):
        api.process([message(web, user=user, visitor="a", minutes=minute)])
    first, device = _owner("user_id", "u1"), node_id("anonymous_id", "a")
    assert consent.permits(first, "marketing")
    assert consent.permits(device, "marketing")
    api.process([message(web, user="u2", visitor="a", minutes=2)])
    no = {"analytics": True, "marketing": False}
    api.process([message(web, user="u1", minutes=3, consent=no)])
    assert not consent.permits(first, "marketing")
    assert consent.permits(device, "marketing")
    assert {record.act.subject_id for record in consent.history(device)} == {device}


def test_alias__of_two_user_ids__makes_them_one(web: SourceInfo) -> None:
    api.process([message(web, user="old"), message(web, user="new", minutes=1)])
    api.process([message(web, "alias", user="new", previous_id="old", minutes=2)])
    assert _owner("user_id", "old") == _owner("user_id", "new")
    assert _views(_owner("user_id", "old")) == 2
    assert Edge.objects.get().rule == "v1.alias"


def test_mail__given_on_two_devices__links_them(web: SourceInfo) -> None:
    for device in ("a", "b"):
        api.process([message(web, "identify", visitor=device, traits={"email": "X@example.org"})])
    assert _owner("anonymous_id", "a") == _owner("anonymous_id", "b")
    assert _owner("email", " x@EXAMPLE.org") == _owner("anonymous_id", "a")


def test_order__without_a_person__is_stored_for_nobody(web: SourceInfo) -> None:
    api.process([message(web, "purchase", revenue="5", consent=None)])
    assert sql.rows("SELECT profile_id, node_id FROM profiles_event") == [(None, None)]


def test_identifier__at_rest__is_sealed_and_opens_again(web: SourceInfo) -> None:
    api.process([message(web, user="secret-user", visitor="secret-visitor")])
    raw = str(sql.rows("SELECT * FROM profiles_identifier"))
    raw += str(sql.rows("SELECT sealed::text FROM profiles_identifier"))
    assert "secret" not in raw
    assert b"secret".hex() not in raw
    found = lookup.identifiers(_owner("user_id", "secret-user"))
    assert [one.value for one in found] == ["secret-user", "secret-visitor"]
    assert found[0].last_seen_at == START


def test_identifier__seen_again__widens_its_time(web: SourceInfo) -> None:
    api.process([message(web, user="u", minutes=5)])
    api.process([message(web, user="u", minutes=9), message(web, user="u", minutes=2)])
    found = api.profile(_owner("user_id", "u"))
    assert found is not None
    assert found.created_at == START + timedelta(minutes=2)
    assert found.last_seen_at == START + timedelta(minutes=9)


def test_visitor_lookup__of_known_and_unknown__is_one_query(
    web: SourceInfo, django_assert_num_queries: Any
) -> None:
    api.process([message(web, user="u", visitor="a")])
    api.visitor({"user_id": "nobody"})
    with django_assert_num_queries(1):
        known = api.visitor({"anonymous_id": "a", "user_id": "u"})
    assert known.profile_id == _owner("user_id", "u")
    assert known.purposes == 0b1111
    unknown = api.visitor({"user_id": "nobody"})
    assert (unknown.profile_id, unknown.purposes) == (None, 0b0001)


def test_visitor_lookup__by_nothing__may_do_only_what_needs_no_consent() -> None:
    assert api.visitor({"user_id": "null"}).purposes == 0b0001


def _views(profile_id: UUID) -> int:
    return int(api.facts([profile_id], since=None)[profile_id].attributes["behavioural.views"])
