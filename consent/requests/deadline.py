"""When an answer is due. Pure.

GDPR Article 12(3) gives one month from receipt. How a month is counted stands in Regulation
1182/71: the day of receipt does not count, the period ends on the day with the same number in the
next month (or that month's last day), and an end on a day that is not a working day moves to the
next one."""

import calendar
from collections.abc import Collection
from datetime import date, timedelta


def due_on(received: date, *, months: int = 1, holidays: Collection[date] = ()) -> date:
    """The last day on which an answer is in time."""
    year, month = divmod(received.year * 12 + received.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    day = date(year, month + 1, min(received.day, last))
    while day.weekday() >= 5 or day in holidays:
        day += timedelta(days=1)
    return day


def in_words(due: date, today: date) -> str:
    """How much time is left, as people say it."""
    days = (due - today).days
    if days == 0:
        return "due today"
    unit = "day" if abs(days) == 1 else "days"
    return f"{days} {unit} left" if days > 0 else f"{-days} {unit} overdue"
