"""What the server says where there is no page."""

import json

import pytest
from django.contrib.auth.models import User
from django.http import Http404
from django.test import Client, RequestFactory

from cdp import refusals


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/nowhere/", "/privacy/nowhere/", "/shop/nowhere/"])
def test_not_found__where_people_read__is_a_page_with_a_way_on(client: Client, path: str) -> None:
    client.force_login(User.objects.create_superuser("root"))
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert f'href="/{path.split("/")[1]}/"' in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/v1/nowhere", "/nowhere"])
def test_not_found__where_programs_read__is_json(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "kind"), [("/admin/x/", "text/html"), ("/api/v1/x/", "application/json")]
)
def test_failed__anywhere__says_nothing_of_the_inside(path: str, kind: str) -> None:
    answer = refusals.failed(RequestFactory().get(path))

    assert answer.status_code == 500
    assert answer["Content-Type"].startswith(kind)
    assert b"Traceback" not in answer.content


def test_forbidden__where_programs_read__is_json() -> None:
    answer = refusals.forbidden(RequestFactory().get("/api/v1/x/"), Http404())

    assert answer.status_code == 403
    assert json.loads(answer.content)["code"] == "forbidden"
