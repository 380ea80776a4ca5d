"""The console pages: who may do what, and the preview."""

from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from recommendations.catalog.models import Item
from recommendations.overrides.models import Override
from recommendations.training.models import Run
from segments.models import Membership
from tests.recommendations.support import item, live_segment, person, stock, touch

pytestmark = pytest.mark.django_db

ADD = "/admin/recommendations/override/add/"
LIST = "/admin/recommendations/override/"


def staff(client: Client, name: str, *verbs: str) -> User:
    """A member of staff with these rights on rules, signed in."""
    user = User.objects.create_user(name, is_staff=True)
    for verb in verbs:
        user.user_permissions.add(Permission.objects.get(codename=f"{verb}_override"))
    client.force_login(user)
    return user


@pytest.fixture
def marketer(client: Client) -> User:
    return staff(client, "marketer", "view", "add", "change", "delete")


@pytest.fixture(autouse=True)
def shelf() -> None:
    stock(item("a", "Gifts"), item("b", "Gifts"), item("c", "Tools"), item("d", "Tools"))


def form(**values: Any) -> dict[str, Any]:
    given = {
        "name": "Spring",
        "kind": "pin",
        "item_ids": "c",
        "position": 1,
        "factor": 1.0,
        "priority": 0,
        "enabled": "on",
        "placement": "homepage",
        "do": "preview",
    }
    return given | values


@pytest.mark.usefixtures("marketer")
class TestPreview:
    """What the form shows before anything is saved."""

    def test_preview__pin__shows_before_after_and_the_rule_and_saves_nothing(
        self, client: Client
    ) -> None:
        answer = client.post(ADD, form())
        shown = answer.context["preview"]
        assert [row.item_id for row in shown.before] == ["a", "b", "c", "d"]
        assert [row.item_id for row in shown.after] == ["c", "a", "b", "d"]
        assert (shown.after[0].rule, shown.after[0].moved) == ("Spring", "up 2 places")
        assert "moved by Spring" in answer.content.decode()
        assert Override.objects.count() == 0

    def test_preview__hide__names_what_left_and_by_whom(self, client: Client) -> None:
        values = form(kind="exclude", item_ids="", category="Gifts", name="Recall")
        shown = client.post(ADD, values).context["preview"]
        assert [row.item_id for row in shown.after] == ["c", "d"]
        assert shown.gone == (("Item a", "Recall"), ("Item b", "Recall"))

    def test_preview__sold_out_pin__says_why_not(self, client: Client) -> None:
        stock(item("c", "Tools", in_stock=False))
        shown = client.post(ADD, form()).context["preview"]
        assert shown.blocked == (("Item c", "Spring", "out of stock"),)

    def test_preview__chosen_person__sees_their_own_list(self, client: Client) -> None:
        someone = person("anna", "personalisation")
        touch(someone, "d")
        shown = client.post(ADD, form(person=str(someone), item_ids="b")).context["preview"]
        assert shown.before[0].item_id == "c"
        assert str(someone) in shown.note

    def test_preview__person_without_consent__sees_a_strangers_list(self, client: Client) -> None:
        someone = person("anna")
        touch(someone, "d")
        shown = client.post(ADD, form(person=str(someone))).context["preview"]
        assert shown.before[0].item_id == "a"
        assert "does not allow" in shown.note

    def test_preview__segment__takes_its_first_member(self, client: Client) -> None:
        someone = person("anna", "personalisation")
        group = live_segment("vip")
        values = form(segment=group.pk, in_segment=group.pk)
        nobody = client.post(ADD, values).context["preview"]
        assert "Nobody" in nobody.note
        assert not nobody.reaches
        Membership.objects.create(segment=group, profile_id=someone, since=timezone.now())
        shown = client.post(ADD, values).context["preview"]
        assert shown.reaches
        assert shown.after[0].item_id == "c"

    def test_preview__day_outside_the_schedule__does_not_reach(self, client: Client) -> None:
        values = form(starts_at="2030-01-01T09:00", on="2029-12-31T09:00")
        assert not client.post(ADD, values).context["preview"].reaches
        assert client.post(ADD, values | {"on": "2030-01-02T09:00"}).context["preview"].reaches

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"item_ids": ""}, "item_ids"),
            ({"kind": "exclude", "item_ids": ""}, "__all__"),
            ({"kind": "boost", "factor": 0.5}, "factor"),
            ({"kind": "bury", "factor": 2}, "factor"),
            ({"factor": "nan"}, "factor"),
            ({"starts_at": "2030-01-02T00:00", "ends_at": "2030-01-01T00:00"}, "ends_at"),
            ({"name": "a\0b"}, "name"),
            ({"item_ids": "a\0b"}, "item_ids"),
        ],
    )
    def test_form__contradiction__is_explained(
        self, client: Client, values: dict[str, Any], field: str
    ) -> None:
        answer = client.post(ADD, form(do="published") | values)
        assert field in answer.context["form"].errors
        assert Override.objects.count() == 0


def test_publish__new_rule__belongs_to_its_author(client: Client, marketer: User) -> None:
    answer = client.post(ADD, form(do="published", placements="homepage, cart"))
    assert answer.status_code == 302
    rule = Override.objects.get()
    assert (rule.state, rule.owner, rule.placements) == (
        "published",
        marketer,
        ["homepage", "cart"],
    )
    page = client.get(LIST).content.decode()
    assert "Spring" in page
    assert "homepage, cart" in page


def test_edit__saved_rule__is_replaced_and_its_history_kept(client: Client, marketer: User) -> None:
    client.post(ADD, form(do="draft"))
    rule = Override.objects.get()
    url = f"{LIST}{rule.pk}/change/"
    assert "Spring" in client.get(url).content.decode()
    client.post(url, form(do="published", name="Summer"))
    rule.refresh_from_db()
    assert (rule.name, rule.state) == ("Summer", "published")
    names = list(
        apps.get_model("recommendations.OverrideEvent")
        .objects.order_by("pgh_id")
        .values_list("name", flat=True)
    )
    assert names == ["Spring", "Summer"]


def test_edit__someone_elses_rule__is_refused_until_shared(client: Client) -> None:
    owner = User.objects.create_user("owner")
    rule = Override.objects.create(name="Mine", kind="pin", item_ids=["a"], owner=owner)
    url = f"{LIST}{rule.pk}/change/"
    other = staff(client, "other", "view", "add", "change")
    assert client.get(url).status_code == 200
    assert client.post(url, form(do="draft", name="Stolen")).status_code == 403
    assert client.get(f"{LIST}{rule.pk}/permissions/").status_code == 403
    assign_perm("recommendations.change_override", other, rule)
    assert client.post(url, form(do="draft", name="Shared")).status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.owner) == ("Shared", owner)


def test_list__person_without_the_role__sees_only_shared_rules(client: Client) -> None:
    shared = Override.objects.create(name="Shown", kind="pin", item_ids=["a"])
    Override.objects.create(name="Secret", kind="pin", item_ids=["a"])
    guest = staff(client, "guest")
    assert client.get(LIST).status_code == 403
    assign_perm("recommendations.view_override", guest, shared)
    page = client.get(LIST).content.decode()
    assert "Shown" in page
    assert "Secret" not in page


def test_pages__all__are_free_of_inline_script_and_style(admin_client: Client) -> None:
    rule = Override.objects.create(name="Rule", kind="pin", item_ids=["a"], state="published")
    run = Run.objects.create(
        algorithm="als",
        version=1,
        metrics={"ndcg@10": 0.2, "hr@10": 0.5, "people": 9, "best_sellers": 0.1},
        snapshot={"people": 9, "items": 2, "interactions": 30},
        started_at=timezone.now(),
    )
    product = Item.objects.get(item_id="a")
    pages = [
        LIST,
        ADD,
        f"{LIST}{rule.pk}/change/",
        f"{LIST}{rule.pk}/permissions/",
        reverse("admin:recommendations_item_changelist"),
        reverse("admin:recommendations_item_change", args=[product.pk]),
        reverse("admin:recommendations_run_changelist"),
        reverse("admin:recommendations_run_change", args=[run.pk]),
    ]
    for page in pages:
        answer = admin_client.get(page)
        assert answer.status_code == 200, page
    own = admin_client.get(ADD).content.decode().split('id="content-main"')[1]
    assert "style=" not in own
    assert "<script>" not in own
    assert (
        "0.2000"
        in admin_client.get(reverse("admin:recommendations_run_changelist")).content.decode()
    )


def test_item__edited_and_deleted__counts_as_given_and_leaves_the_shelf(
    admin_client: Client,
) -> None:
    Item.objects.filter(item_id="a").update(learned=True)
    product = Item.objects.get(item_id="a")
    url = reverse("admin:recommendations_item_change", args=[product.pk])
    answer = admin_client.post(
        url, {"name": "Better", "category": "Home > Kitchen", "tags": "x\ny", "extra": "{}"}
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    product.refresh_from_db()
    assert (product.name, product.category, product.tags) == (
        "Better",
        ["Home", "Kitchen"],
        ["x", "y"],
    )
    assert not product.learned
    admin_client.post(
        reverse("admin:recommendations_item_delete", args=[product.pk]), {"post": "yes"}
    )
    product.refresh_from_db()
    assert product.deleted_at is not None


def test_preview__unknown_person__is_shown_as_a_stranger(client: Client, marketer: User) -> None:
    shown = client.post(ADD, form(person=str(UUID(int=7)))).context["preview"]
    assert shown.before[0].item_id == "a"


def test_lists__more_than_a_page__show_twenty_five_rows(admin_client: Client) -> None:
    stock(*[item(f"n{number}") for number in range(30)])
    Override.objects.bulk_create(
        Override(name=f"Rule {number}", kind="exclude", item_ids=["a"]) for number in range(30)
    )
    for url in (LIST, reverse("admin:recommendations_item_changelist")):
        assert len(admin_client.get(url).context["cl"].result_list) == 25


@pytest.mark.usefixtures("marketer")
class TestPicker:
    """Choosing products without typing ids, by plain posts."""

    def test_search__part_of_a_name__offers_products_not_chosen_yet(self, client: Client) -> None:
        answer = client.post(ADD, form(do="find", find="item", item_ids="c"))
        assert [each.item_id for each in answer.context["found"]] == ["a", "b", "d"]
        part = client.get(reverse("admin:recommendations_override_products"), {"find": "Item B"})
        assert 'value="add:b"' in part.content.decode()
        assert client.get(
            reverse("admin:recommendations_override_products"), {"find": "a\0"}
        ).context["found"]

    @pytest.mark.parametrize(
        ("command", "order"),
        [
            ("add:d", ["a", "b", "d"]),
            ("add:a", ["a", "b"]),
            ("up:b", ["b", "a"]),
            ("down:a", ["b", "a"]),
            ("up:a", ["a", "b"]),
            ("remove:a", ["b"]),
            ("remove:unknown", ["a", "b"]),
        ],
    )
    def test_buttons__pressed__change_the_order_and_save_nothing(
        self, client: Client, command: str, order: list[str]
    ) -> None:
        answer = client.post(ADD, form(do=command, item_ids=["a", "b"], name=""))
        assert [each.item_id for each in answer.context["products"]] == order
        assert 'role="alert"' not in answer.content.decode().split('id="content-main"')[1]
        assert Override.objects.count() == 0

    def test_chosen__sold_out__says_that_it_will_not_show(self, client: Client) -> None:
        stock(item("c", "Tools", in_stock=False))
        assert "out of stock: will not show" in client.post(ADD, form()).content.decode()

    def test_publish__kind_without_a_place_or_strength__keeps_neither(self, client: Client) -> None:
        client.post(ADD, form(kind="exclude", position=7, factor=3, do="published"))
        rule = Override.objects.get()
        assert (rule.position, rule.factor) == (1, 1.0)


@pytest.mark.usefixtures("marketer")
@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"kind": "pin", "item_ids": ["c"]}, "the other rule holds"),
        ({"kind": "pin", "item_ids": ["d"]}, "the other rule gets it"),
        ({"kind": "pin", "item_ids": ["d"], "position": 2}, ""),
        ({"kind": "exclude", "category": ["Tools"]}, "hides products of this rule"),
        ({"kind": "boost", "factor": 2.0, "category": ["Tools"]}, "showing first holds"),
        ({"kind": "exclude", "item_ids": ["c"], "placements": ["cart"]}, ""),
        ({"kind": "exclude", "item_ids": ["c"], "state": "draft"}, ""),
    ],
)
def test_conflicts__other_published_rule__are_named_while_editing(
    client: Client, other: dict[str, Any], said: str
) -> None:
    Override.objects.create(**{"name": "Older", "state": "published"} | other)
    found = client.post(ADD, form(placements="homepage")).context["conflicts"]
    assert [each.name for each in found] == (["Older"] if said else [])
    assert all(said in each.what for each in found)
