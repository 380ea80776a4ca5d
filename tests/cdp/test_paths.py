"""Which requests go past the console's middleware, and what they may spare."""

import threading

import pytest
from django.db import connection
from django.test import Client

from cdp import paths


@pytest.mark.parametrize(
    ("path", "hot"),
    [
        ("/recommendations", True),
        ("/v1/track", True),
        ("/api/log_event", True),
        ("/healthz", True),
        ("/admin/", False),
        ("/shop/", False),
        ("/api/v1/profiles/", False),
        ("/healthz/more", False),
    ],
)
def test_hot__address__is_one_of_programs(path: str, hot: bool) -> None:
    assert paths.is_hot(path) is hot


@pytest.mark.django_db
def test_ping__read_after_a_read__is_spared_and_a_write_is_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "_asked", threading.local())
    pinged = []
    for method, path in (("GET", "/healthz"), ("GET", "/healthz"), ("POST", "/v1/track")):
        connection.health_check_done = False  # type: ignore[attr-defined]  # not in the stubs
        client.generic(method, path)
        pinged.append(not connection.health_check_done)  # type: ignore[attr-defined]
    assert pinged == [True, False, True]
