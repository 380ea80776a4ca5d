"""When an answer is due: tables of dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.requests.deadline import due_on, in_words


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2027-01-31", "2027-03-01"),  # 28 February is a Sunday
        ("2025-01-31", "2025-02-28"),
        ("2028-01-31", "2028-02-29"),  # leap year
        ("2026-01-10", "2026-02-10"),
        ("2026-12-15", "2027-01-15"),  # over the year
        ("2026-04-16", "2026-05-18"),  # 16 May is a Saturday
        ("2026-03-31", "2026-04-30"),
        ("2026-11-21", "2026-12-21"),
    ],
)
def test_due_on__received_on_a_day__a_month_later_on_a_working_day(received: str, due: str) -> None:
    assert due_on(date.fromisoformat(received)) == date.fromisoformat(due)


def test_due_on__end_on_a_holiday__moves_to_the_next_working_day() -> None:
    assert due_on(date(2026, 11, 25), holidays={date(2026, 12, 25)}) == date(2026, 12, 28)


def test_due_on__extended__two_months_more() -> None:
    assert due_on(date(2025, 11, 30), months=3) == date(2026, 3, 2)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_due_on__any_day__a_working_day_within_a_month_and_a_weekend(received: date) -> None:
    due = due_on(received)
    assert due.weekday() < 5
    assert timedelta(days=28) <= due - received <= timedelta(days=33)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (2, "2 days left"),
        (1, "1 day left"),
        (0, "due today"),
        (-1, "1 day overdue"),
        (-3, "3 days overdue"),
    ],
)
def test_in_words__days_from_due__as_people_say(days: int, words: str) -> None:
    today = date(2026, 5, 5)
    assert in_words(today + timedelta(days=days), today) == words
