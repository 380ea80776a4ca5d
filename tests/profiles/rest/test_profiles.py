"""Profiles and events over HTTP, and what a privacy request sees and removes."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import Client

from cdp.lib import sql
from consent import api as consent
from profiles import api
from profiles.privacy import SubjectData
from tests.factories.messages import message, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> UUID:
    web = source()
    traits = {"email": "ada@example.org", "gender": "f", "address": {"country": "DE"}}
    api.process([message(web, visitor="v", items=(("i1", "Cups", "Acme"),))])
    api.process(
        [
            message(web, "identify", user="ada", visitor="v", minutes=1, traits=traits),
            message(web, "purchase", user="ada", minutes=2, revenue="9.50", name="Order Completed"),
        ]
    )
    found = api.resolve("user_id", "ada")
    assert found is not None
    return found


def _get(path: str, *scopes: str, **query: Any) -> Any:
    _, secret = consent.issue_key(name="test", scopes=scopes or ("profiles",))
    return Client().get(path, query, headers={"Authorization": f"Bearer {secret}"})


def test_lookup__by_any_identifier__answers_the_profile(person: UUID) -> None:
    for kind, value in (("user_id", "ada"), ("email", "ADA@example.org"), ("anonymous_id", "v")):
        answer = _get("/api/v1/profiles/lookup", type=kind, value=value)
        assert answer.status_code == 200
        assert answer.json()["profile_id"] == str(person)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"type": "user_id", "value": "nobody"}, 404, "not_found"),
        ({"type": "shoe", "value": "x"}, 400, "unknown_type"),
        ({"type": "user_id", "value": "ada", "modules": "x"}, 400, "unknown_module"),
        ({"type": "user_id", "value": "ada", "as_of": "soon"}, 400, "invalid_time"),
    ],
)
def test_lookup__of_what_cannot_be_answered__says_what_to_do(
    person: UUID, query: dict[str, str], status: int, code: str
) -> None:
    answer = _get("/api/v1/profiles/lookup", **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["success"] is False


def test_lookup__without_a_key_or_scope__is_refused() -> None:
    assert Client().get("/api/v1/profiles/lookup").status_code == 401
    assert _get("/api/v1/profiles/lookup", "segments").status_code == 403


def test_profile__for_a_key_without_the_personal_scope__is_masked(person: UUID) -> None:
    path = f"/api/v1/profiles/{person}/"
    masked, clear = _get(path), _get(path, "profiles", "profiles:personal")
    assert "ada@example.org" not in masked.content.decode()
    assert "ada@example.org" in clear.content.decode()
    values = {one["attribute"]: one for one in masked.json()["attributes"]}
    assert values["gender"]["value"] == "f"
    assert values["gender"]["source"] == "test-web"
    assert values["revenue"]["value"] == 9.5


def test_profile__by_a_merged_id_and_module__answers_the_survivor(person: UUID) -> None:
    merged = api.profile(person)
    assert merged is not None
    answer = _get(f"/api/v1/profiles/{merged.merged[0]}/", modules="behavioural").json()
    assert answer["profile_id"] == str(person)
    assert {one["module"] for one in answer["attributes"]} == {"behavioural"}


def test_profile__as_of_before_the_order__has_no_revenue(person: UUID) -> None:
    answer = _get(f"/api/v1/profiles/{person}/", as_of="2026-03-01T12:01:30Z").json()
    values = {one["attribute"]: one["value"] for one in answer["attributes"]}
    assert values["orders"] == 0
    assert values["gender"] == "f"


def test_profile__unknown__is_not_found() -> None:
    assert _get(f"/api/v1/profiles/{uuid4()}/").status_code == 404


def test_attribute_history__and_identifiers__are_lists(person: UUID) -> None:
    found = _get(f"/api/v1/profiles/{person}/attributes/gender/history/").json()
    assert [one["value"] for one in found["results"]] == ["f"]
    assert found["next"] is None
    known = _get(f"/api/v1/profiles/{person}/identifiers/").json()["results"]
    assert [one["type"] for one in known] == ["user_id", "email", "anonymous_id"]


def test_events__paged_by_one__come_newest_first_and_each_once(person: UUID) -> None:
    path, seen = f"/api/v1/profiles/{person}/events/?limit=1", []
    _, secret = consent.issue_key(name="test", scopes=["profiles"])
    while path:
        page = Client().get(path, headers={"X-Api-Key": secret}).json()
        seen += [event["kind"] for event in page["results"]]
        path = page["next"]
    assert seen == ["purchase", "identify", "view"]


def test_events__filtered__carry_all_four_times(person: UUID) -> None:
    found = _get("/api/v1/events", source="test-web", name="Order Completed", profile=str(person))
    (event,) = found.json()["results"]
    assert event["revenue"] == 9.5
    assert {"timestamp", "received_at", "sent_at", "original_timestamp"} <= event.keys()
    assert event["purposes"] == ["service", "analytics", "personalisation", "marketing"]
    again = _get("/api/v1/events", message_id=event["message_id"], since="2026-01-01T00:00:00Z")
    assert [one["event_id"] for one in again.json()["results"]] == [event["event_id"]]
    assert _get("/api/v1/events", type="identify").json()["results"][0]["traits"] == {}
    clear = _get("/api/v1/events", "profiles", "profiles:personal", type="identify").json()
    assert clear["results"][0]["traits"]["email"] == "ada@example.org"


@pytest.mark.parametrize("query", [{"limit": "0"}, {"cursor": "x"}, {"profile": "x"}])
def test_events__asked_wrongly__are_refused(query: dict[str, str]) -> None:
    assert _get("/api/v1/events", **query).status_code == 400


def test_profile__over_http__takes_a_fixed_number_of_queries(
    person: UUID, django_assert_max_num_queries: Any
) -> None:
    consent.purposes()
    with django_assert_max_num_queries(12):  # two of them make the key
        _get(f"/api/v1/profiles/{person}/")


def test_erasure__of_a_person__leaves_nothing_and_spares_others(person: UUID) -> None:
    api.process([message(source(), "purchase", user="other", revenue="1")])
    holder = SubjectData()
    subjects = holder.cluster(person)
    assert holder.find("email", "ada@example.org") == {person}
    assert holder.subject_for("user_id", "ada") == person
    assert holder.count(subjects)["profiles_event"] == 3
    assert holder.verify(subjects)
    with transaction.atomic():
        erased = holder.erase(subjects)
    assert erased.rows["profiles_event"] == 3
    assert erased.rows["profiles_edge"] == 2
    assert holder.verify(subjects) == []
    assert holder.find("email", "ada@example.org") == frozenset()
    assert not any(holder.erase(subjects).rows.values())
    assert sql.rows("SELECT count(*) FROM profiles_profile")[0][0] == 1
    assert api.resolve("user_id", "other") is not None


def test_person__erased_and_back__starts_anew(person: UUID) -> None:
    holder = SubjectData()
    holder.erase(holder.cluster(person))
    api.process([message(source(), user="ada", visitor="v", minutes=9)])
    assert api.resolve("user_id", "ada") == person
    assert len(api.events(person, limit=9)) == 1


def test_export__of_a_person__holds_everything_in_clear_as_json(person: UUID) -> None:
    holder = SubjectData()
    text = json.dumps(holder.export(holder.cluster(person)))
    for part in ("ada@example.org", "Order Completed", "9.5000", "test-web", "i1"):
        assert part in text
