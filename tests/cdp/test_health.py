"""Probes, metrics and the rules that stop a start."""

from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.checks import CheckMessage
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from cdp import checks, health, metrics
from cdp.lib import sql
from profiles.data import Batch

pytestmark = pytest.mark.django_db


def _ids(found: Any) -> set[str | None]:
    messages: list[CheckMessage] = list(found)
    return {message.id for message in messages}


def test_healthz__always__answers_without_asking_the_database(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz__everything_fit__is_200(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.content
    assert answer.json()["parts"] == list(health.PARTS)


def test_readyz__host_nobody_named__still_answers(client: Client) -> None:
    assert client.get("/readyz", headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_readyz__request_waiting_too_long__names_the_digest(client: Client, settings: Any) -> None:
    settings.READY_MAX_LAG = -1
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json()["failing"]) == ["digest"]


def test_readyz__database_read_only__names_it(client: Client) -> None:
    sql.execute("SET LOCAL transaction_read_only = on")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "takes no writes" in answer.json()["failing"]["database"]


def test_readyz__cache_elsewhere__names_the_cache(client: Client, settings: Any) -> None:
    broken = {"BACKEND": settings.CACHES["default"]["BACKEND"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": broken}
    try:
        answer = client.get("/readyz")
    finally:
        cache.close()
    assert answer.status_code == 503
    assert list(answer.json()["failing"]) == ["cache"]


def test_metrics__scraped__are_prometheus_text_with_every_number(client: Client) -> None:
    answer = client.get("/metrics")
    families = {one.name: one for one in text_string_to_metric_families(answer.content.decode())}
    assert {number.name for number in metrics.NUMBERS} <= set(families)
    assert families["cdp_scrape_failed"].samples[0].value == 0
    assert families["cdp_inbox_rows"].samples[0].value == 0


def test_durability__weak_setting__is_named(settings: Any) -> None:
    settings.REQUIRE_DURABLE_DATABASE = True
    faults = checks.durability_faults()
    assert any("fsync = off" in fault for fault in faults)
    assert any("synchronous_commit = off" in fault for fault in faults)
    assert _ids(checks.database_is_safe(databases=["default"])) == {"cdp.E006"}


def test_connections__more_threads_than_allowed__says_what_to_lower(settings: Any) -> None:
    assert checks.connection_faults() == []
    settings.WEB_THREADS = 500
    (fault,) = checks.connection_faults()
    assert "WEB_THREADS" in fault


def test_demo__password_outside_demo_mode__is_refused(
    settings: Any, django_user_model: Any
) -> None:
    django_user_model.objects.create_user("marketer", password="demo")
    assert checks.forbidden_demo_parts() == ()
    settings.DEMO = False
    checks._known.discard("clean")
    (part,) = checks.forbidden_demo_parts()
    assert "changepassword marketer" in part
    assert _ids(checks.nothing_of_the_demo(databases=["default"])) == {"cdp.E007"}


def test_lists__as_shipped__fit() -> None:
    assert checks.stages_fit() == []
    assert checks.holders_fit() == []


def _two(batch: Batch, other: Batch) -> Batch:
    return batch


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (["profiles.stages.nothing", *settings.EVENT_STAGES], "cdp.E001"),
        ([f"{__name__}._two", *settings.EVENT_STAGES], "cdp.E002"),
        (list(reversed(settings.EVENT_STAGES)), "cdp.E003"),
        (settings.EVENT_STAGES[:-1], "cdp.E003"),
    ],
)
def test_stages__wrong_list__is_named(settings: Any, stages: list[str], expected: str) -> None:
    settings.EVENT_STAGES = stages
    assert _ids(checks.stages_fit()) == {expected}


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        ([*settings.SUBJECT_DATA, f"{__name__}.Nothing"], "cdp.E004"),
        (list(reversed(settings.SUBJECT_DATA)), "cdp.E005"),
    ],
)
def test_holders__wrong_list__is_named(settings: Any, holders: list[str], expected: str) -> None:
    settings.SUBJECT_DATA = holders
    assert _ids(checks.holders_fit()) == {expected}


class Nothing:
    """Holds no personal data and can answer nothing."""

    name = "nothing"


def test_hot_path__asked__skips_sessions_and_sign_in(client: Client) -> None:
    answer = client.get("/v1/nowhere")
    assert answer.status_code == 404
    assert not hasattr(answer.wsgi_request, "session")
    assert not hasattr(answer.wsgi_request, "user")
    assert not answer.cookies


def test_other_path__asked__goes_through_all_of_it(client: Client) -> None:
    answer = client.get("/admin/login/")
    assert hasattr(answer.wsgi_request, "session")
    assert answer.headers["Content-Security-Policy"]
    assert connection.is_usable()
