"""Segments over HTTP."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from cdp.lib.errors import Problem
from consent import api as consent
from profiles import api as profiles
from segments.models import Segment
from segments.rules import preview, versions
from tests.segments.conftest import Maker
from tests.segments.people import did, someone

pytestmark = pytest.mark.django_db
BUYERS = {"attribute": "behavioural.orders", "op": "gte", "value": 2}


def post(client: Client, path: str, data: Any) -> Any:
    return client.post(f"/api/v1/segments/{path}", data, content_type="application/json")


def test_post__name_and_rule__makes_a_live_counted_segment(api: Client) -> None:
    buyer = someone(orders=2)
    made = post(api, "", {"name": "Buyers", "rule": BUYERS})
    assert made.status_code == 201, made.content
    assert made.json()["slug"] == "buyers"
    assert (made.json()["state"], made.json()["size"], made.json()["version"]) == ("live", 1, 1)
    members = api.get("/api/v1/segments/buyers/members").json()
    assert members == {"results": [{"profile_id": str(buyer)}], "next": None}
    listed = api.get("/api/v1/segments/").json()
    assert [row["slug"] for row in listed["results"]] == ["buyers"]
    assert listed["next"] is None


def test_post__same_name_twice__gets_a_slug_of_its_own(api: Client) -> None:
    slugs = [post(api, "", {"name": "Buyers", "rule": BUYERS}).json()["slug"] for _ in range(2)]
    assert slugs == ["buyers", "buyers-2"]
    again = post(api, "", {"name": "Buyers", "rule": BUYERS, "slug": "buyers"})
    assert (again.status_code, again.json()["code"]) == (409, "slug_taken")


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ({"name": "x"}, "invalid_request", "rule"),
        ({"rule": BUYERS}, "invalid_request", "name"),
        ({"name": "x", "rule": {"all": [BUYERS, {}]}}, "invalid_rule", "rule.all[1]"),
        ({"name": "x", "rule": {"segment": "none"}}, "invalid_rule", "rule"),
        ({"name": "x", "rule": {"all": [BUYERS] * 500}}, "invalid_rule", "rule.all[50]"),
        ({"name": "a\0b", "rule": BUYERS}, "invalid_request", "name"),
    ],
)
def test_post__faulty__names_the_place(api: Client, data: Any, code: str, field: str) -> None:
    answer = post(api, "", data)
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["field"] == field
    assert not Segment.objects.exists()


def test_preview__rule__counts_samples_and_says_it(api: Client) -> None:
    buyer = someone(orders=2)
    someone(orders=2, permits=False)
    found = post(api, "preview", {"rule": BUYERS}).json()
    assert (found["count"], found["matching"], found["sample"]) == (1, 2, [str(buyer)])
    assert found["sentence"] == "People whose “Orders” is at least 2."
    assert found["counted_at"]


def test_preview__taking_too_long__is_given_up_with_a_sentence() -> None:
    someone(orders=2)  # with nobody to join, the database would not sleep
    node = versions.read(BUYERS)
    surface = profiles.surface()
    slow = replace(surface, joins=f"{surface.joins} CROSS JOIN pg_sleep(5)", current="TRUE")
    with pytest.raises(Problem) as caught:
        preview.preview(node, "marketing", surface=slow, patience_ms=50)
    assert (caught.value.code, caught.value.status) == ("preview_timed_out", 503)


def test_explain__by_profile_id__says_what_is_lacking(api: Client, live: Maker) -> None:
    segment = live({"all": [BUYERS, {"event": "purchase"}]})
    buyer = someone(orders=1)
    event_id = did(buyer)
    answer = api.get(f"/api/v1/segments/{segment.slug}/explain?profile={buyer}").json()
    assert answer.get("success") is None, answer
    assert (answer["member"], answer["matches"], answer["permitted"]) == (False, False, True)
    first, second = answer["why"]["parts"]
    assert (first["actual"], first["missing"]) == ("1", "1 more")
    assert second["event_ids"] == [str(event_id)]


@pytest.mark.parametrize("who", ["", "x", str(uuid4()), "email:nobody@example.org", "a:b:c", "%00"])
def test_explain__nobody__answers_404(api: Client, live: Maker, who: str) -> None:
    segment = live(BUYERS)
    answer = api.get(f"/api/v1/segments/{segment.slug}/explain?profile={who}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_members__page_by_page__lists_everybody_once(api: Client, live: Maker) -> None:
    people = sorted((someone(orders=2) for _ in range(5)), key=str)
    segment = live(BUYERS)
    seen: list[UUID] = []
    after = ""
    while after is not None:
        page = api.get(f"/api/v1/segments/{segment.slug}/members?limit=2{after}").json()
        seen += [UUID(row["profile_id"]) for row in page["results"]]
        after = f"&after={page['next']}" if page["next"] else None  # type: ignore[assignment]
    assert seen == people


def test_put__new_rule__makes_version_two_and_recounts(api: Client, live: Maker) -> None:
    someone(orders=2)
    segment = live(BUYERS)
    answer = api.put(
        f"/api/v1/segments/{segment.slug}/",
        {"rule": BUYERS | {"value": 9}},
        content_type="application/json",
    )
    assert (answer.json()["version"], answer.json()["size"]) == (2, 0)


def test_put__rule_that_rests_on_itself__is_refused(api: Client, live: Maker) -> None:
    base = live(BUYERS, name="Base")
    live({"segment": base.slug}, name="Above")
    answer = api.put(
        f"/api/v1/segments/{base.slug}/",
        {"rule": {"any": [BUYERS, {"segment": "above"}]}},
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "cycle"


def test_delete__segment_others_ask_about__is_refused_until_they_do_not(
    api: Client, live: Maker
) -> None:
    someone(orders=2)
    base = live(BUYERS, name="Base")
    above = live({"segment": base.slug}, name="Above")
    assert api.delete(f"/api/v1/segments/{base.slug}/").status_code == 409
    assert api.delete(f"/api/v1/segments/{above.slug}/").json()["state"] == "archived"
    assert api.delete(f"/api/v1/segments/{base.slug}/").json()["size"] == 0
    assert api.get(f"/api/v1/segments/{base.slug}/members").json()["results"] == []


def test_key__without_the_scope__is_refused(live: Maker) -> None:
    live(BUYERS)
    _, secret = consent.issue_key(name="reader", scopes=["segments"])
    reader = Client(headers={"authorization": f"Bearer {secret}"})
    assert reader.get("/api/v1/segments/test/").status_code == 200
    assert post(reader, "", {"name": "x", "rule": BUYERS}).status_code == 403
    assert Client().get("/api/v1/segments/").status_code == 401
