"""Segments in the console: the builder, one segment, sharing, and who may do what."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from segments import dashboard
from segments.admin import access, draft, starts
from segments.models import Segment
from segments.rules import versions
from segments.rules.parse import parse, unparse
from tests.segments.conftest import Maker
from tests.segments.people import has, someone
from tests.spec.engines import FIELDS

pytestmark = pytest.mark.django_db
BUYERS = {"attribute": "behavioural.orders", "op": "gte", "value": 2}
ADD = "/admin/segments/segment/add/"
FORM = {
    "name": "Buyers",
    "purpose": "marketing",
    "r.join": "all",
    "r.0.kind": "attribute",
    "r.0.attribute": "behavioural.orders",
    "r.0.op": "gte",
    "r.0.value": "2",
}


def mine(user: User, rule: Any = BUYERS, name: str = "Mine") -> Segment:
    return versions.create(name=name, rule=rule, author=user.username, owner_id=user.pk)


def test_list__with_many_segments__shows_sentence_and_count_in_few_queries(
    desk: Client, marketer: User, live: Maker, django_assert_max_num_queries: Any
) -> None:
    someone(orders=3)
    for number in range(8):
        live(BUYERS, name=f"Segment {number}", owner_id=marketer.pk)
    mine(marketer)
    desk.get("/admin/segments/segment/")
    with django_assert_max_num_queries(20):
        page = desk.get("/admin/segments/segment/").content.decode()
    assert page.count("People whose “Orders” is at least 2.") == 9
    assert "1 person · counted" in page
    assert "not published yet" in page


def test_builder__opened_empty__offers_starts_and_says_what_to_do(desk: Client) -> None:
    page = desk.get(ADD).content.decode()
    assert "?start=vip" in page
    assert "Add a condition to see how many people it finds." in page
    ours = page.split('id="content-main"')[-1]
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=|hx-on|hx-vals", ours)


@pytest.mark.parametrize("start", sorted(starts.STARTS))
def test_builder__start_from_a_template__counts_it_at_once(desk: Client, start: str) -> None:
    page = desk.get(f"{ADD}?start={start}").content.decode()
    assert 'class="seg-sentence">People ' in page
    assert "counted at" in page
    assert "seg-fault" not in page


def test_builder__buttons__are_plain_submits_that_change_the_form(desk: Client) -> None:
    page = desk.post(ADD, FORM | {"do": "add:r:event"}).content.decode()
    assert 'name="r.1.event"' in page
    assert re.search(r'name="r\.1\.has"[^>]*autofocus', page)
    page = desk.post(ADD, FORM | {"do": "add:r:group"}).content.decode()
    assert 'name="r.1.0.attribute"' in page
    page = desk.post(ADD, FORM | {"do": "del:r.0"}).content.decode()
    assert 'name="r.0.attribute"' not in page
    page = desk.post(ADD, FORM | {"do": "copy:r.0"}).content.decode()
    assert 'name="r.1.attribute"' in page


def test_builder__with_htmx__answers_the_parts_that_change(desk: Client) -> None:
    someone(orders=3)
    answer = desk.post(ADD, FORM | {"do": "count"}, headers={"hx-request": "true"})
    page = answer.content.decode()
    assert "<html" not in page
    assert 'hx-swap-oob="innerHTML:#count"' in page
    assert "<strong>1</strong> person" in page


def test_builder__faulty_value__is_said_beside_its_condition(desk: Client) -> None:
    page = desk.post(ADD, FORM | {"r.0.value": "many", "do": "count"}).content.decode()
    condition = page.split('id="r-0"')[1]
    assert "Give a number." in condition.split("seg-add")[0]
    assert "Not counted" in page


def test_builder__hostile_form__is_drawn_escaped_and_never_fails(desk: Client) -> None:
    text = '"><script>alert(1)</script>'
    hostile = dict.fromkeys(FORM, text) | {"r.0.kind": "event", "r.0.where.0.field": text}
    for do in ("count", "save", text, "del:r.9", "up:r", "add:r.0:group", "unwhere:r.0:9", "add:x"):
        answer = desk.post(ADD, hostile | {"do": do})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
    nul = desk.post(ADD, FORM | {"name": "a\0b", "do": "publish"})
    assert nul.status_code == 200
    assert not Segment.objects.exists()


def test_builder__publish__makes_a_live_segment_of_the_author(desk: Client, marketer: User) -> None:
    someone(orders=3)
    answer = desk.post(ADD, FORM | {"do": "publish"}, headers={"hx-request": "true"})
    segment = Segment.objects.get()
    assert answer.headers["HX-Redirect"] == f"/admin/segments/segment/{segment.pk}/read/"
    assert (segment.state, segment.size, segment.owner) == ("live", 1, marketer)
    again = desk.post(
        f"/admin/segments/segment/{segment.pk}/change/", FORM | {"r.0.value": "9", "do": "save"}
    )
    assert again.status_code == 302
    segment.refresh_from_db()
    assert [version.number for version in segment.versions.all()] == [2, 1]
    assert segment.current is not None
    assert segment.current.number == 1
    page = desk.get(again.headers["Location"]).content.decode()
    assert "in force" in page


def test_read__segment__shows_people_masked_and_explains_one(
    desk: Client, live: Maker, django_assert_max_num_queries: Any
) -> None:
    buyer, other = someone(orders=2), someone(orders=1)
    segment = live(BUYERS)
    address = reverse("admin:segments_segment_read", args=[segment.pk])
    desk.get(address)
    with django_assert_max_num_queries(24):
        page = desk.get(address).content.decode()
    assert f"Visitor {str(buyer)[:8]} · user id " in page
    assert buyer.hex not in page
    assert str(other)[:8] not in page
    why = desk.post(address, {"person": str(other)}).content.decode()
    assert "is not in this segment" in why
    assert "1 more needed" in why
    nobody = desk.post(address, {"person": "email:x@example.org"}).content.decode()
    assert "Nobody is known by this" in nobody


def test_edit__marketer_without_the_object_permission__is_refused(
    desk: Client, live: Maker
) -> None:
    segment = live(BUYERS)
    edit = f"/admin/segments/segment/{segment.pk}/change/"
    assert desk.get(edit).status_code == 403
    assert desk.post(edit, FORM | {"do": "publish"}).status_code == 403
    for name in ("archive", "share"):
        assert desk.post(f"/admin/segments/segment/{segment.pk}/{name}/").status_code == 403
    assert desk.get(f"/admin/segments/segment/{segment.pk}/read/").status_code == 200


def test_share__by_the_owner__opens_editing_and_takes_it_back(desk: Client, marketer: User) -> None:
    segment = mine(marketer)
    other = User.objects.create_user("otto", password="x", is_staff=True)
    their = Client()
    their.force_login(other)
    edit = f"/admin/segments/segment/{segment.pk}/change/"
    share = f"/admin/segments/segment/{segment.pk}/share/"
    assert their.get(edit).status_code == 403
    assert their.get("/admin/segments/segment/").status_code == 403
    desk.post(share, {"whom": f"user:{other.pk}", "level": "edit"})
    assert their.get(edit).status_code == 200
    assert "Mine" in their.get("/admin/segments/segment/").content.decode()
    desk.post(share, {"whom": f"user:{other.pk}", "level": "view"})
    assert their.get(edit).status_code == 403
    desk.post(share, {"whom": f"user:{other.pk}", "level": "none"})
    assert their.get(f"/admin/segments/segment/{segment.pk}/read/").status_code == 403


def test_share__with_a_role__reaches_its_people_and_no_others_list(marketer: User) -> None:
    role = Group.objects.create(name="Readers")
    reader = User.objects.create_user("rita", password="x", is_staff=True)
    reader.groups.add(role)
    shared, hidden = mine(marketer), mine(marketer, name="Hidden")
    access.share(shared, role, "view")
    assert list(access.viewable(reader, Segment.objects.all())) == [shared]
    assert not access.may_view(reader, hidden)
    assert access.shares(shared) == [(f"group:{role.pk}", "Readers", "view")]


def test_archive__by_the_owner__needs_a_post_and_empties_it(
    desk: Client, marketer: User, live: Maker
) -> None:
    someone(orders=2)
    segment = live(BUYERS, owner_id=marketer.pk)
    address = f"/admin/segments/segment/{segment.pk}/archive/"
    assert desk.get(address).status_code == 405
    assert desk.post(address).status_code == 302
    segment.refresh_from_db()
    assert (segment.state, segment.size) == ("archived", 0)


def test_add__without_permission__is_refused(marketer: User, desk: Client) -> None:
    marketer.user_permissions.remove(Permission.objects.get(codename="add_segment"))
    assert desk.get(ADD).status_code == 403


def test_dashboard__cards__say_how_many_live_joined_and_drifted(live: Maker) -> None:
    someone(orders=2)
    live(BUYERS)
    assert [card["value"] for card in dashboard.cards()] == ["1", "1", "0"]


RULES: list[Any] = [
    {"all": [{"attribute": "name", "op": "equals", "value": "Ann"}]},
    {"any": [{"attribute": "orders", "op": "between", "value": [1, "2.5"]}, {"segment": "a"}]},
    {"not": {"any": [{"attribute": "place", "op": "within", "value": ["A", "B"]}]}},
    {"all": [{"attribute": "tags", "op": "has_all", "value": ["a", "b"]}, {"event": "view"}]},
    {"all": [{"attribute": "joined", "op": "before", "value": "2026-01-31"}]},
    {"all": [{"attribute": "vip", "op": "equals", "value": False}]},
    {
        "all": [
            {
                "event_name": "Quiz",
                "has": False,
                "measure": "last_time",
                "op": "within_days",
                "value": 5,
                "within": {"from": "2026-01-01", "to": "2026-02-01"},
                "where": [
                    {"field": "property:x", "op": "gt", "value": 3},
                    {"field": "brand", "op": "any_of", "value": ["a", "b"]},
                ],
            }
        ]
    },
]


@pytest.mark.parametrize("rule", RULES)
def test_draft__of_a_rule__through_the_form_and_back__is_the_same_rule(rule: Any) -> None:
    tree = draft.settle(draft.from_rule(unparse(parse(rule, FIELDS)), FIELDS), FIELDS)
    form = dict(flat(tree, "r"))
    back = draft.settle(draft.from_form(form), FIELDS)
    assert parse(draft.to_rule(back, FIELDS), FIELDS) == parse(rule, FIELDS)


def flat(tree: dict[str, Any], path: str) -> list[tuple[str, str]]:
    found = [(f"{path}.{key}", value) for key, value in tree.items() if isinstance(value, str)]
    for index, part in enumerate(tree.get("parts", [])):
        found += flat(part, f"{path}.{index}")
    for index, part in enumerate(tree.get("where", [])):
        found += flat(part, f"{path}.where.{index}")
    return found


def test_builder__text_with_few_common_values__offers_those_that_name_nobody(desk: Client) -> None:
    cache.clear()
    for gender in ["w", "w", "w", "w", "w", "rare"]:
        has(someone(), "gender", gender)
    form = FORM | {"r.0.attribute": "core.gender", "r.0.op": "equals", "r.0.value": ""}
    page = desk.post(ADD, form | {"do": "count"}).content.decode()

    assert re.findall(r'<option value="([^"]*)"[^>]*>(?:Choose a value|w \(5\))<', page) == [
        "",
        "w",
    ]
    assert "rare" not in page


def test_builder__attribute_of_another_kind_chosen__forgets_the_value(desk: Client) -> None:
    form = FORM | {"r.0.was": "behavioural.orders", "r.0.attribute": "affinity.category"}
    page = desk.post(ADD, form | {"do": "count"}).content.decode()

    assert re.search(r'name="r\.0\.value" id="r-0-value" value=""', page)
