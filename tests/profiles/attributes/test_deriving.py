"""Claims, values, behaviour and affinities on the real database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from cdp.lib import sql
from profiles import api
from profiles.attributes import definitions, history
from profiles.attributes.affinity import weight
from profiles.attributes.catalogue import BY_SLUG
from profiles.attributes.models import Definition
from profiles.data import AttributeValue, Observation, SourceInfo
from tests.factories.messages import START, message, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> SourceInfo:
    return source()


def _person(user: str = "u") -> UUID:
    found = api.resolve("user_id", user)
    assert found is not None
    return found


def _told(slug: str, *, as_of: datetime | None = None) -> AttributeValue | None:
    found = api.profile(_person(), as_of=as_of)
    assert found is not None
    return next((one for one in found.attributes if one.attribute == slug), None)


def _value(slug: str, *, as_of: datetime | None = None) -> Any:
    told = _told(slug, as_of=as_of)
    return told.value if told else None


def _identify(web: SourceInfo, minutes: float, **traits: Any) -> None:
    api.process([message(web, "identify", user="u", minutes=minutes, traits=traits)])


def test_traits__in_any_spelling__become_core_attributes(web: SourceInfo) -> None:
    _identify(
        web,
        0,
        firstName="Ada",
        age="36",
        createdAt="2020-02-01",
        interests=["tea", "cups", "tea"],
        address={"country": "DE", "state": "BE", "city": "Berlin", "postalCode": "10115"},
        company={"name": "Acme"},
    )
    assert {
        slug: _value(slug)
        for slug in ("first_name", "age", "created_at", "interests", "location", "postal_code")
    } == {
        "first_name": "Ada",
        "age": 36,
        "created_at": "2020-02-01T00:00:00+00:00",
        "interests": ["cups", "tea"],
        "location": ["DE", "BE", "Berlin"],
        "postal_code": "10115",
    }
    assert _value("company") == "Acme"


def test_value__asked_why__names_source_time_and_rule(web: SourceInfo) -> None:
    _identify(web, 3, gender="f")
    told = _told("gender")
    assert told is not None
    assert (told.source, told.rule) == ("test-web", "core.v1")
    assert told.observed_at == START + timedelta(minutes=3)
    assert told.event_id is not None


def test_claim__of_a_more_trusted_source__holds_against_a_later_one(web: SourceInfo) -> None:
    crm = source("test-crm", trust_rank=90)
    api.process([message(crm, "identify", user="u", minutes=1, traits={"gender": "f"})])
    _identify(web, 5, gender="x")
    assert _value("gender") == "f"


def test_trait__of_null__withdraws_and_an_older_claim_does_not_bring_it_back(
    web: SourceInfo,
) -> None:
    _identify(web, 5, gender=None)
    _identify(web, 3, gender="f")
    assert _value("gender") is None
    assert _value("gender", as_of=START + timedelta(minutes=4)) == "f"


def test_trait__nobody_foresaw__is_kept_sealed_until_someone_decides(web: SourceInfo) -> None:
    _identify(web, 0, loyaltyTier={"level": 3})
    made = Definition.objects.get(slug="loyalty_tier")
    assert made.personal
    assert not made.expected
    assert _value("loyalty_tier") == {"level": 3}
    assert "core.loyalty_tier" not in api.surface().fields


def test_traits__nobody_foresaw__find_no_room_beyond_the_limit(
    web: SourceInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definitions, "MAX_UNFORESEEN", 2)
    _identify(web, 0, one=1, two=2, three=3)
    assert Definition.objects.exclude(slug__in=BY_SLUG).count() == 2


def test_personal_values__at_rest__are_nowhere_in_clear(web: SourceInfo) -> None:
    _identify(web, 0, email="hidden@example.org", firstName="Hiddenname", nickName="Hiddennick")
    dump = ""
    for table in ("observation", "value", "identifier", "event", "edge", "profile"):
        dump += str(sql.rows(f"SELECT t::text FROM profiles_{table} t"))
    assert "hidden" not in dump.lower()
    assert b"idden".hex() not in dump
    assert _value("email") == "hidden@example.org"


def test_context__of_the_last_event__is_the_contextual_module(web: SourceInfo) -> None:
    context = {
        "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Safari/604.1",
        "page": {"path": "/cups", "referrer": "https://search.example/?q=x"},
        "campaign": {"source": "newsletter"},
        "location": {"country": "FR", "city": "Lyon"},
        "locale": "fr-FR",
    }
    api.process([message(web, user="u", context=context)])
    api.process([message(web, user="u", minutes=2, context={"page": {"path": "/tea"}})])
    facts = api.facts([_person()], since=None)[_person()].attributes
    assert facts["contextual.device"] == "mobile"
    assert facts["contextual.os"] == "iOS"
    assert facts["contextual.page"] == "/tea"
    assert facts["contextual.referrer"] == "search.example"
    assert facts["contextual.campaign"] == "newsletter"
    assert facts["contextual.country"] == "FR"
    assert facts["contextual.current_location"] == ["FR", "", "Lyon"]
    assert "contextual.browser" in facts


def test_sessions__parted_by_thirty_quiet_minutes_and_midnight__are_counted(
    web: SourceInfo,
) -> None:
    minutes = [0, 10, 40, 71, 60 * 12 - 1, 60 * 12]
    api.process([message(web, user="u", minutes=n) for n in minutes])
    assert _value("sessions") == 4
    assert _value("seconds") == 40 * 60
    assert _value("views") == 6
    assert _value("active_days") == 2


def test_orders__and_refunds__add_up_to_the_cent(web: SourceInfo) -> None:
    api.process(
        [
            message(web, "purchase", user="u", revenue="10.10", items=(("i", "", ""),)),
            message(web, "purchase", user="u", minutes=90, revenue="0.05"),
            message(web, "refund", user="u", minutes=100, revenue="-0.05"),
            message(web, "identify", user="u", minutes=5_000),
        ]
    )
    assert _value("orders") == 2
    assert _value("revenue") == Decimal("10.15")
    assert _value("average_order_value") == Decimal("5.075")
    assert _value("refunded") == Decimal("0.05")
    assert _value("pieces") == 1
    assert _value("last_order_at") == START + timedelta(minutes=90)
    assert _value("events") == 3


def test_order__without_consent__counts_for_revenue_but_not_for_affinity(web: SourceInfo) -> None:
    bought = message(
        web, "purchase", user="u", revenue="7", items=(("i", "Cups", "Acme"),), consent=None
    )
    api.process([bought])
    assert _value("revenue") == 7
    assert _value("category_affinity") is None


def test_affinity__after_a_half_life__is_outweighed_by_the_newer(web: SourceInfo) -> None:
    day = 24 * 60
    cups, tea = (("i", "Cups", "Acme"),), (("t", "Tea", "Leaf"),)
    api.process([message(web, user="u", items=cups), message(web, user="u", items=cups, minutes=1)])
    api.process([message(web, user="u", items=tea, minutes=31 * day)])
    assert _value("category_affinity") == ["Tea", "Cups"]
    assert _value("brand_affinity", as_of=START + timedelta(days=1)) == ["Acme"]
    assert api.facts([_person()], since=None)[_person()].attributes["affinity.category"] == [
        "Tea",
        "Cups",
    ]


def test_affinity_weight__one_half_life_later__is_double() -> None:
    early, late = weight("view", START), weight("view", START + timedelta(days=30))
    assert late == pytest.approx(2 * early)


def test_behaviour__as_of_an_instant__counts_what_had_happened(web: SourceInfo) -> None:
    api.process(
        [message(web, "purchase", user="u", minutes=n, revenue="5") for n in (0, 10, 3_000)]
    )
    then = START + timedelta(minutes=10)
    assert (_value("orders", as_of=then), _value("revenue", as_of=then)) == (2, 10)
    assert _value("orders", as_of=START - timedelta(days=1)) is None
    assert _value("days_since_last_order", as_of=START + timedelta(days=1)) == 0


def test_versions__of_an_attribute__name_each_change_once(web: SourceInfo) -> None:
    for minute, gender in ((1, "f"), (2, "f"), (5, "m"), (9, None)):
        _identify(web, minute, gender=gender)
    found = history.versions(_person(), "gender")
    assert [one.value.value for one in found] == [None, "m", "f"]
    assert found[-1].since == START + timedelta(minutes=1)
    assert found[-1].until == START + timedelta(minutes=5)
    assert found[0].until is None


def test_versions__of_a_circumstance__are_read_from_its_group(web: SourceInfo) -> None:
    for day, path in ((0, "/a"), (1, "/b")):
        context = {"page": {"path": path}}
        api.process([message(web, user="u", minutes=day * 1_440, context=context)])
    assert [one.value.value for one in history.versions(_person(), "page")] == ["/b", "/a"]


def test_inferred__value__is_written_and_follows_its_profile_through_a_merge(
    web: SourceInfo,
) -> None:
    api.process([message(web, visitor="a")])
    visitor = api.resolve("anonymous_id", "a")
    assert visitor is not None
    at = datetime(2026, 4, 1, tzinfo=UTC)
    api.write_inferred([Observation(visitor, "rfm_cluster", "loyal", "segments", at, "rfm.v1")])
    api.process([message(web, user="u", visitor="a", minutes=3)])
    told = _told("rfm_cluster")
    assert told is not None
    assert (told.value, told.source, told.rule) == ("loyal", "computed", "rfm.v1")
    facts = api.facts([_person()], since=None)[_person()]
    assert facts.attributes["inferred.rfm_cluster"] == "loyal"


def test_naughty_traits__are_kept_without_what_no_database_stores(web: SourceInfo) -> None:
    _identify(web, 0, gender="a\0b", age=float("nan"), odd={"k": "\0"})
    assert _value("gender") == "a\ufffdb"
    assert _value("age") is None
    assert _value("odd") == {"k": "\ufffd"}


def test_facts__of_many__take_a_fixed_number_of_queries(
    web: SourceInfo, django_assert_max_num_queries: Any
) -> None:
    api.process([message(web, user=f"u{n}", minutes=n) for n in range(20)])
    people = [_person(f"u{n}") for n in range(20)]
    with django_assert_max_num_queries(4):
        found = api.facts(people, since=START)
    assert len(found) == 20
    assert all(len(one.events) == 1 for one in found.values())
    assert api.facts([], since=None) == {}


def test_surface__fields__all_run_and_leave_personal_ones_out() -> None:
    asked = api.surface()
    columns = ", ".join(field.sql for field in asked.fields.values())
    sql.rows(f"SELECT {columns} FROM {asked.joins} WHERE {asked.current}")
    assert "core.email" not in asked.fields
    assert {"core.country", "behavioural.orders", "inferred.rfm_cluster"} <= asked.fields.keys()


def test_own_attribute__declared_not_personal__can_be_asked_for(web: SourceInfo) -> None:
    Definition.objects.create(
        slug="shoe_size", title="Shoe size", module="core", kind="number", traits=["shoe_size"]
    )
    _identify(web, 0, shoeSize="42")
    facts = api.facts([_person()], since=None)[_person()]
    assert facts.attributes["core.shoe_size"] == 42
