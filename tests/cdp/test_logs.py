"""Logs hold no person."""

import json
import logging
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import IntegrityError, connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from cdp import logs

PEOPLE = ["ann.lee@example.org", "ann%40example.org", "+44 20 7946 0958", "?email=ann&x=1"]


def _line(record: logging.LogRecord) -> dict[str, object]:
    found: dict[str, object] = json.loads(logs.formatter().format(record))
    return found


def _record(message: str, *arguments: object, exc_info: object = None) -> logging.LogRecord:
    return logging.LogRecord("a", logging.INFO, "f", 1, message, arguments, exc_info)  # type: ignore[arg-type]


def test_log__plain_message__is_json_with_time_level_and_event() -> None:
    line = _line(_record("digest: %s rows", 3))
    assert line["event"] == "digest: 3 rows"
    assert line["level"] == "info"
    assert set(line) == {"time", "level", "logger", "event"}


@pytest.mark.parametrize("person", PEOPLE)
def test_log__person_in_arguments__is_taken_out(person: str) -> None:
    line = json.dumps(_line(_record("refused %s today", f"/v1/track {person}")))
    for part in ("ann", "7946", "email"):
        assert part not in line
    assert "refused" in line
    assert "today" in line


def test_log__exception_quoting_a_person__tells_class_and_place_only() -> None:
    try:
        raise ValueError("Key (email)=(ann) already exists")
    except ValueError as failure:
        record = _record("failed", exc_info=(ValueError, failure, failure.__traceback__))
    line = _line(record)
    assert line["error"] == "ValueError"
    assert "test_logs.py" in str(line["at"])
    assert "Key" not in json.dumps(line)


@pytest.mark.django_db
def test_log__database_error__tells_its_sqlstate() -> None:
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute("INSERT INTO profiles_profile (id) VALUES (NULL)")
    failure = caught.value
    line = _line(_record("failed", exc_info=(type(failure), failure, failure.__traceback__)))
    assert line["sqlstate"] == "23502"


def test_log__structlog_fields__pass_by_name_only(caplog: pytest.LogCaptureFixture) -> None:
    formatter = logs.formatter()
    with caplog.at_level(logging.INFO):
        structlog.get_logger("segments").info("segment.entered", segment_id=7, email="ann")
    line = json.loads(formatter.format(caplog.records[-1]))
    assert line["segment_id"] == 7
    assert line["dropped"] == ["email"]
    assert "ann" not in json.dumps(line)


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_log__any_text__is_one_line(fields: dict[str, str], text: str) -> None:
    line = logs.formatter().format(_record("%s %s", text, fields))
    assert "\n" not in line
    assert json.loads(line)["level"] == "info"


@pytest.mark.django_db
def test_request_log__unknown_address_with_a_query__prints_no_query(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    formatter = logs.formatter()
    with caplog.at_level(logging.INFO):
        client.get("/nowhere/ann@example.org/?email=ann@example.org&token=secret")
    lines = " ".join(formatter.format(record) for record in caplog.records)
    assert "nowhere" in lines
    assert "ann" not in lines
    assert "secret" not in lines


def test_settings__logging__uses_this_formatter() -> None:
    logging_settings: dict[str, Any] = settings.LOGGING
    assert logging_settings["formatters"]["event"]["()"] == "cdp.logs.formatter"
