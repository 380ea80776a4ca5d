"""The console from Django's side: roles, masks, what pages cost, what is logged, what is found."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from cdp.lib.masks import mask
from cdp.roles import ROLES, demo_staff, seed_roles
from profiles import api as profiles
from recommendations import api as recommendations

ADDRESS = "lea.moreau@example.org"


@pytest.fixture
def lea(transactional_db: None) -> UUID:
    """A person with a name, an address and twenty product views, through the real event path."""
    source = profiles.ensure_source("shop", "Shop", "web", secret="wk_test_console")
    consent = {"consent": {"categoryPreferences": {"analytics": True, "personalisation": True}}}
    batch = [
        {
            "type": "identify",
            "messageId": "m0",
            "userId": "lea",
            "traits": {"email": ADDRESS, "firstName": "Lea", "lastName": "Moreau"},
            "context": consent,
        },
        *(
            {
                "type": "track",
                "event": "Product Viewed",
                "messageId": f"m{number}",
                "userId": "lea",
                "properties": {"product_id": f"P{number}", "category": "Toys"},
                "context": consent,
            }
            for number in range(1, 21)
        ),
    ]
    body = json.dumps({"batch": batch}).encode()
    profiles.accept(source=source, call="batch", body=body, received_at=timezone.now())
    profiles.digest_available()
    person = profiles.resolve("email", ADDRESS)
    assert person is not None
    return person


def signed_in(name: str) -> Client:
    demo_staff()
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


@pytest.mark.django_db
def test_roles__every_permission_named__exists_and_is_granted() -> None:
    known = {
        f"{app}.{codename}"
        for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    for role, granted in ROLES.items():
        assert set(granted) <= known, role
        assert Group.objects.get(name=role).permissions.count() == len(set(granted))


@pytest.mark.django_db
def test_seed_roles__run_again__keeps_what_an_administrator_added() -> None:
    group = Group.objects.get(name="analyst")
    extra = Permission.objects.get(codename="view_user")
    group.permissions.add(extra)
    seed_roles()

    assert extra in group.permissions.all()


@pytest.mark.django_db
def test_demo_staff__outside_demo_mode__refuses(settings: pytest.FixtureRequest) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="CDP_DEMO"):
        demo_staff()


@given(st.text(min_size=2))
def test_mask__any_text__shows_at_most_its_first_letters(text: str) -> None:
    shown = mask(text)
    words = len(text.split())

    assert text not in shown or not text.strip()
    assert len(shown.replace("•", "")) <= max(2 * words, 1) + len(text.rpartition(".")[2]) + 2


def test_mask__address__keeps_first_letters_and_ending() -> None:
    assert mask(ADDRESS) == "l•••@e•••.org"
    assert mask("Lea Moreau") == "L••• M•••"
    assert mask(None) == ""


def test_person__seen_by_a_marketer__is_masked(lea: UUID) -> None:
    page = signed_in("marketer").get(f"/admin/people/{lea}/").content.decode()

    assert ADDRESS not in page
    assert "Moreau" not in page
    assert "l•••@e•••.org" in page
    assert "Product Viewed" in page


def test_person__unmasked_by_a_marketer__is_refused(lea: UUID) -> None:
    answer = signed_in("marketer").post(f"/admin/people/{lea}/", {"reason": "I am curious"})

    assert answer.status_code == 403
    assert not LogEntry.objects.exists()


def test_person__unmasked_with_a_reason__is_shown_once_and_logged(lea: UUID) -> None:
    client = signed_in("privacy")
    page = client.post(f"/admin/people/{lea}/", {"reason": "Asked by phone"}).content.decode()

    assert ADDRESS in page
    assert ADDRESS not in client.get(f"/admin/people/{lea}/").content.decode()
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("privacy", str(lea))
    assert ADDRESS not in entry.object_repr + entry.get_change_message()
    assert "Asked by phone" not in entry.get_change_message()
    assert "Asked by phone" in client.get(f"/admin/people/{lea}/").content.decode()


def test_person__unmasked_without_a_reason__stays_masked(lea: UUID) -> None:
    page = signed_in("privacy").post(f"/admin/people/{lea}/", {"reason": " "}).content.decode()

    assert ADDRESS not in page
    assert "Say in a few words" in page


def test_person__as_of_a_day_before_they_came__shows_no_event(lea: UUID) -> None:
    page = signed_in("marketer").get(f"/admin/people/{lea}/?as_of=2020-01-01").content.decode()

    assert "Product Viewed" not in page
    assert "l•••@e•••.org" not in page


@pytest.mark.parametrize(
    "query", ["before=x", "kind=nonsense", "as_of=2020-13-40", "before=2026-01-01T00:00:00%2B00:00"]
)
def test_person__odd_address__answers(lea: UUID, query: str) -> None:
    assert signed_in("marketer").get(f"/admin/people/{lea}/?{query}").status_code == 200


def test_person__unknown_id__is_not_found(db: None) -> None:
    nobody = "00000000-0000-0000-0000-000000000001"

    assert signed_in("marketer").get(f"/admin/people/{nobody}/").status_code == 404


def test_people__searched_by_any_identifier__finds_the_one(lea: UUID) -> None:
    client = signed_in("marketer")
    for term in (ADDRESS, ADDRESS.upper(), "lea", str(lea)):
        answer = client.post("/admin/profiles/profile/", {"term": term})
        assert answer.headers["Location"] == f"/admin/people/{lea}/"

    missed = client.post("/admin/profiles/profile/", {"term": "moreau"}, follow=True)
    assert "Nobody has exactly this" in missed.content.decode()


def test_pages__with_a_person__keep_their_query_budgets(
    lea: UUID, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in("marketer")
    for path, budget in (
        ("/admin/", 30),
        ("/admin/profiles/profile/", 10),
        (f"/admin/people/{lea}/", 45),
        ("/admin/profiles/profile/completeness/", 20),
    ):
        client.get(path)
        with django_assert_max_num_queries(budget):
            assert client.get(path).status_code == 200


def test_palette__exact_identifier__finds_the_person_and_keeps_nothing(lea: UUID) -> None:
    client = signed_in("marketer")
    found = client.get("/admin/search/", {"s": ADDRESS, "extended": "1"}).content.decode()

    assert f"/admin/people/{lea}/" in found
    assert ADDRESS not in found
    assert "Person " not in client.get("/admin/search/", {"s": "lea.mor"}).content.decode()


def test_versions__of_a_personal_attribute__are_masked(lea: UUID) -> None:
    page = signed_in("privacy").get(f"/admin/profiles/profile/{lea}/versions/email/")

    assert "l•••@e•••.org" in page.content.decode()
    assert ADDRESS not in page.content.decode()


def test_completeness__counted_now__lists_who_lacks_an_attribute(lea: UUID) -> None:
    client = signed_in("analyst")
    assert client.post("/admin/profiles/profile/completeness/").status_code == 302
    assert "Counted." in client.get("/admin/profiles/profile/completeness/").content.decode()
    lacking = client.get("/admin/profiles/profile/completeness/phone/").content.decode()

    assert f"/admin/people/{lea}/" in lacking


@pytest.mark.django_db
def test_source__made_in_the_console__shows_its_key_once_and_takes_events() -> None:
    client = signed_in("admin")
    form = {"name": "App", "slug": "app", "kind": "server", "trust_rank": "50", "enabled": "on"}
    page = client.post("/admin/profiles/source/add/", form, follow=True).content.decode()
    secret = page.partition("<code>")[2].partition("</code>")[0]

    found = profiles.source_by_key(secret)
    assert found is not None
    assert found.slug == "app"
    assert secret not in client.get("/admin/profiles/source/").content.decode()

    client.post(f"/admin/profiles/source/{found.source_id}/rotate/")
    assert profiles.source_by_key(secret) is None


@pytest.mark.django_db
def test_palette__name_of_an_override__is_found_by_whoever_may_see_it() -> None:
    recommendations.ensure_override(name="Lamps first", kind="pin", owner_id=None)
    found = signed_in("marketer").get("/admin/search/?s=lamps").content.decode()
    hidden = signed_in("privacy").get("/admin/search/?s=lamps").content.decode()

    assert "Lamps first" in found
    assert "Lamps first" not in hidden


@pytest.mark.django_db
def test_home__override_about_to_end__is_said_to_whoever_may_prolong_it() -> None:
    for name, days in (("Ends soon", 1), ("Ends later", 30)):
        recommendations.ensure_override(name=name, kind="exclude", owner_id=None)
        override = apps.get_model("recommendations", "Override").objects.get(name=name)
        override.ends_at = timezone.now() + timedelta(days=days)
        override.save()
    told = signed_in("marketer").get("/admin/").content.decode()

    assert "Override “Ends soon” ends" in told
    assert "Ends later" not in told
    assert "Ends soon" not in signed_in("privacy").get("/admin/").content.decode()


@pytest.mark.django_db
def test_home__request_due_within_a_week__is_named_and_others_are_counted() -> None:
    today = timezone.now().date()
    requests = apps.get_model("consent", "Request").objects
    for number, days in enumerate((2, 20, 25)):
        requests.create(
            reference=f"R-TEST{number}",
            kind="access",
            state="confirmed",
            due_on=today + timedelta(days=days),
            received_at=timezone.now(),
            confirmed_at=timezone.now(),
            channel="centre",
        )
    told = signed_in("privacy").get("/admin/").content.decode()

    assert "R-TEST0: 2 days left" in told
    assert "2 more privacy requests wait for a decision" in told
    assert "R-TEST1" not in told
