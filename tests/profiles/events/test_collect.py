"""Collection over HTTP: what is taken, what is refused, and in which words."""

import base64
import gzip
import json
import logging
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cdp.lib import sql
from cdp.lib.errors import Problem
from consent.access import keys
from profiles import pipeline
from profiles.data import SourceInfo
from profiles.events import inbox, sources
from profiles.rest import bodies, rates
from tests.naughty import STRINGS
from tests.wire import shapes

pytestmark = pytest.mark.django_db

KEY = "collect-key"
BASIC = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()
ONE = {"event": "Signed Up", "userId": "u1", "messageId": "m1"}


@pytest.fixture(autouse=True)
def source() -> SourceInfo:
    rates.forget()
    return sources.ensure("shop", "Shop", "web", secret=KEY)


def post(path: str, body: Any, **headers: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers.setdefault("HTTP_AUTHORIZATION", BASIC)
    client = Client(raise_request_exception=False)
    return client.generic("POST", path, raw, content_type="text/plain", **headers)


def waiting() -> int:
    return int(sql.rows("SELECT count(*) FROM profiles_inbox")[0][0])


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    "call",
    [
        "identify",
        "track",
        "page",
        "screen",
        "group",
        "alias",
        "batch",
        "import",
        "i",
        "t",
        "p",
        "s",
        "g",
        "a",
        "b",
    ],
)
def test_collect__every_call__answers_exactly_success(call: str, slash: str) -> None:
    body = {"batch": [ONE]} if call in {"batch", "import", "b"} else ONE
    answer = post(f"/v1/{call}{slash}", body)
    assert answer.status_code == 200
    assert answer.content == b'{"success": true}'
    assert answer["Content-Type"] == "application/json"
    assert waiting() == 1


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"HTTP_AUTHORIZATION": BASIC}, {}),
        ({"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(KEY.encode()).decode()}, {}),
        ({"HTTP_AUTHORIZATION": f"Bearer {KEY}"}, {}),
        ({"HTTP_AUTHORIZATION": "", "HTTP_X_API_KEY": KEY}, {}),
        ({"HTTP_AUTHORIZATION": ""}, {"writeKey": KEY}),
    ],
)
def test_collect__key_in_each_place__is_found(
    headers: dict[str, str], field: dict[str, str]
) -> None:
    assert post("/v1/track", ONE | field, **headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (ONE, {"HTTP_AUTHORIZATION": ""}, 401, "unknown_key"),
        (ONE, {"HTTP_AUTHORIZATION": "Basic nonsense"}, 401, "unknown_key"),
        (ONE | {"writeKey": "other"}, {"HTTP_AUTHORIZATION": ""}, 401, "unknown_key"),
        (b"", {}, 400, "malformed_json"),
        (b"{", {}, 400, "malformed_json"),
        (b'{"a": NaN}', {}, 400, "malformed_json"),
        (b'{"a": "\x00"}', {}, 400, "malformed_json"),
        (b'{"a": "\xff"}', {}, 400, "malformed_json"),
        (b'{"a": "\\ud800", }', {}, 400, "malformed_json"),
        (b"[" * 100_000, {}, 400, "invalid_body"),
        (b'{"a":' * 100_000, {}, 400, "malformed_json"),
        (b"[]", {}, 400, "invalid_body"),
        (b'"text"', {}, 400, "invalid_body"),
        (b"\x1f\x8bnot gzip", {"HTTP_CONTENT_ENCODING": "gzip"}, 400, "bad_gzip"),
        (gzip.compress(b"{}")[:-4], {"HTTP_CONTENT_ENCODING": "gzip"}, 400, "bad_gzip"),
        (gzip.compress(b" " * 50_000_000), {"HTTP_CONTENT_ENCODING": "gzip"}, 413, "gzip_bomb"),
        (b"{}", {"HTTP_CONTENT_ENCODING": "br"}, 415, "unsupported_encoding"),
        (b" " * 10_000_000, {}, 413, "body_too_large"),
    ],
)
def test_collect__bad_request__is_refused_in_the_one_shape(
    body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    answer = post("/v1/track", body, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"success", "code", "message", "errors"}
    assert answer.json()["success"] is False
    assert waiting() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_batch"),
        ({"batch": 5}, "invalid_body"),
        ({"batch": [1] * 2_501}, "batch_too_large"),
    ],
)
def test_collect__bad_batch__is_refused(body: dict[str, Any], code: str) -> None:
    answer = post("/v1/batch", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_collect__gzip_from_a_server__is_taken_and_digested() -> None:
    packed = gzip.compress(json.dumps(shapes.PYTHON_BATCH).encode())
    answer = post("/v1/batch", packed, HTTP_CONTENT_ENCODING="gzip")
    assert answer.status_code == 200
    assert pipeline.digest_available()["stored"] == 2


def test_collect__body_shorter_than_announced__is_refused() -> None:
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "1000", "wsgi.input": BytesIO(b"{}")}
    with pytest.raises(Problem) as refusal:
        bodies.unpacked(WSGIRequest(environ))
    assert (refusal.value.status, refusal.value.code) == (400, "truncated_body")


def test_collect__preflight__allows_what_sdks_send() -> None:
    answer = Client().options("/v1/t", HTTP_ORIGIN="https://shop.example")
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"
    allowed = answer["Access-Control-Allow-Headers"]
    assert {"authorization", "content-type", "x-retry-count"} <= set(allowed.split(", "))


def test_collect__refusal_to_a_page__can_be_read_by_it() -> None:
    answer = post("/v1/t", b"{", HTTP_ORIGIN="https://shop.example")
    assert answer.status_code == 400
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"


def test_collect__other_method__answers_405_as_json() -> None:
    answer = Client().get("/v1/track")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_collect__faster_than_the_limit__answers_429_with_retry_after(settings: Any) -> None:
    settings.COLLECT_MAX_RATE = 0.2
    assert post("/v1/track", ONE).status_code == 200
    answer = post("/v1/track", ONE)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer["Retry-After"]) >= 1


def test_collect__database_away__answers_503_with_retry_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(**_: Any) -> None:
        raise OperationalError("the server is gone")

    monkeypatch.setattr(inbox, "accept", away)
    answer = post("/v1/track", ONE)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer["Retry-After"]) >= 1


def test_collect__source_for_other_pages__is_refused(source: SourceInfo) -> None:
    sql.execute("UPDATE profiles_source SET allowed_origins = '{https://shop.example}'")
    sources.forget()
    assert post("/v1/t", ONE, HTTP_ORIGIN="https://shop.example").status_code == 200
    answer = post("/v1/t", ONE, HTTP_ORIGIN="https://other.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")


def test_track__page_without_sdk__is_known_by_a_first_party_cookie() -> None:
    client = Client()
    body = {
        "event": "Product Viewed",
        "product_id": "p1",
        "write_key": KEY,
        "consent": {"analytics": True, "personalisation": True},
    }
    first = client.post("/track", body, content_type="application/json")
    second = client.post("/track", body, content_type="application/json")
    assert (first.status_code, second.status_code) == (200, 200)
    cookie = first.cookies["cdp_anonymous_id"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert bool(cookie["secure"]) == settings.SECURE_COOKIES
    assert second.cookies["cdp_anonymous_id"].value == cookie.value
    assert pipeline.digest_available()["stored"] == 2
    found = sql.rows(
        "SELECT kind, items, count(DISTINCT profile_id) FROM profiles_event GROUP BY 1, 2"
    )
    assert found == [("view", ["p1"], 1)]


def test_log_event__server_with_scope__is_stored() -> None:
    _, secret = keys.issue(name="server", scopes=["events:write"])
    body = {"user_id": "u9", "event_type": "purchase", "product_id": "p1", "price": 3}
    answer = post("/api/log_event", body, HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert answer.content == b'{"success": true}'
    assert pipeline.digest_available()["stored"] == 1
    assert sql.rows("SELECT kind, revenue FROM profiles_event") == [("purchase", 3)]


@pytest.mark.parametrize(
    ("scopes", "body", "status", "code"),
    [
        (["profiles"], {"user_id": "u", "event_type": "x"}, 403, "permission_denied"),
        (["events:write"], {"event_type": "x"}, 400, "missing_user_id"),
        (["events:write"], {"user_id": "u"}, 400, "missing_event"),
        (["events:write"], [1], 400, "invalid_body"),
    ],
)
def test_log_event__bad_request__is_refused(
    scopes: list[str], body: Any, status: int, code: str
) -> None:
    _, secret = keys.issue(name="server", scopes=scopes)
    answer = post("/api/log_event", body, HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_collect__naughty_strings_in_every_field__neighbours_stored_and_logs_silent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    fields = ("event", "messageId", "userId", "anonymousId", "type", "timestamp", "sentAt")
    sent = 0
    for text in STRINGS:
        whole = {"traits": {text: text}, "properties": {text: text, "product_id": text}}
        odd = [ONE | {"type": "track", "messageId": f"{text[:50]}{n}", field: text} | whole
               for n, field in enumerate(fields)]  # fmt: skip
        good = ONE | {"type": "track", "messageId": f"good-{sent}", "event": "Order Completed"}
        answer = post("/v1/batch", {"batch": [*odd, good], "context": {"locale": text}})
        assert answer.status_code == 200
        sent += 1
    pipeline.digest_available()
    (stored,) = sql.rows("SELECT count(*) FROM profiles_event WHERE message_id LIKE 'good-%%'")
    assert stored == (sent,)
    logged = " ".join(
        record.getMessage()
        for record in caplog.records
        if "cdp" in record.name or "profiles" in record.name
    )
    assert not [text for text in STRINGS if len(text) > 20 and text in logged]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@hypothesis_settings(max_examples=60, deadline=None,
                     suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_collect__any_bytes__never_a_500(body: bytes) -> None:
    for path in ("/v1/track", "/v1/batch", "/track"):
        assert post(path, body).status_code in {200, 400, 401}
