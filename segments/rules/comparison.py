"""One comparison of one value: what it may be, checked when made. Pure.

A person without the value is a plain case, never "unknown": negative operators (``not_equals``,
``has_none``, ``missing``) hold for them, all others do not. So every rule is true or false, and
"not" is an exact complement on both engines.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from profiles.data import FieldKind

MAX_TEXT = 200
MAX_CHOICES = 200
MAX_DAYS = 3_650
MAX_NUMBER = Decimal(10) ** 15
MAX_PLACES = 6


class RuleFault(ValueError):
    """A rule that cannot be. ``code`` is stable, ``path`` names the faulty place, the message says
    what to do."""

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.path = code, message, path

    def within(self, prefix: str) -> "RuleFault":
        """The same fault seen from further up: ``value`` within ``rule.all[2]``."""
        gap = "" if not self.path or self.path.startswith("[") else "."
        return RuleFault(self.code, self.message, f"{prefix}{gap}{self.path}")


class Operator(StrEnum):
    """What a comparison may ask."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    ANY_OF = "any_of"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    LESS = "lt"
    AT_MOST = "lte"
    MORE = "gt"
    AT_LEAST = "gte"
    BETWEEN = "between"
    BEFORE = "before"
    AFTER = "after"
    WITHIN_DAYS = "within_days"
    OLDER_THAN_DAYS = "older_than_days"
    WITHIN = "within"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    HAS_NONE = "has_none"
    EXISTS = "exists"
    MISSING = "missing"


O = Operator  # noqa: E741  the tables below read better so
OPERATORS: dict[FieldKind, tuple[Operator, ...]] = {
    "text": (O.EQUALS, O.NOT_EQUALS, O.ANY_OF, O.CONTAINS, O.STARTS_WITH, O.EXISTS, O.MISSING),
    "number": (
        O.AT_LEAST,
        O.AT_MOST,
        O.MORE,
        O.LESS,
        O.EQUALS,
        O.NOT_EQUALS,
        O.BETWEEN,
        O.EXISTS,
        O.MISSING,
    ),
    "datetime": (
        O.WITHIN_DAYS,
        O.OLDER_THAN_DAYS,
        O.BEFORE,
        O.AFTER,
        O.BETWEEN,
        O.EXISTS,
        O.MISSING,
    ),
    "boolean": (O.EQUALS, O.EXISTS, O.MISSING),
    "path": (O.WITHIN, O.EXISTS, O.MISSING),
    "set": (O.HAS_ANY, O.HAS_ALL, O.HAS_NONE, O.EXISTS, O.MISSING),
}
NO_VALUE = frozenset({O.EXISTS, O.MISSING})
LISTS = frozenset({O.ANY_OF, O.HAS_ANY, O.HAS_ALL, O.HAS_NONE, O.WITHIN})
DAYS = frozenset({O.WITHIN_DAYS, O.OLDER_THAN_DAYS})
NEGATIVE = frozenset({O.NOT_EQUALS, O.HAS_NONE, O.MISSING})
"""Operators that hold for a person without the value."""

Value = Any
"""None, text, bool, days as int, Decimal, aware datetime, or a tuple of them: ``Comparison`` checks
which, since it depends on the operator."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operator`` and ``value`` for a field of ``kind``. Days are whole, numbers are Decimal,
    times are aware; ``between`` holds at both ends."""

    kind: FieldKind
    operator: Operator
    value: Value = None

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS[self.kind]:
            allowed = ", ".join(OPERATORS[self.kind])
            raise RuleFault(
                "operator_not_for_kind",
                f"A {self.kind} cannot be compared by {self.operator}. Use one of: {allowed}.",
                "op",
            )
        _check_value(self)


def _check_value(comparison: Comparison) -> None:
    value, operator = comparison.value, comparison.operator
    if operator in NO_VALUE:
        if value is not None:
            raise RuleFault(
                "value_not_needed", f"{operator} takes no value. Leave it out.", "value"
            )
    elif operator in DAYS:
        _check_days(value)
    elif operator in LISTS:
        _check_list(value)
    elif operator is Operator.BETWEEN:
        _check_ends(comparison)
    else:
        check_single(comparison.kind, value, "value")


def _check_days(value: Value) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_DAYS:
        raise RuleFault("days", f"Give a whole number of days from 1 to {MAX_DAYS:,}.", "value")


def _check_list(value: Value) -> None:
    if not isinstance(value, tuple) or not 1 <= len(value) <= MAX_CHOICES:
        raise RuleFault("values", f"Give a list of 1 to {MAX_CHOICES} texts.", "value")
    for index, item in enumerate(value):
        check_text(item, f"value[{index}]")


def _check_ends(comparison: Comparison) -> None:
    ends = comparison.value
    if not isinstance(ends, tuple) or len(ends) != 2:
        raise RuleFault("two_values", "between needs two values: the first and the last.", "value")
    for index, end in enumerate(ends):
        check_single(comparison.kind, end, f"value[{index}]")
    if ends[0] > ends[1]:
        raise RuleFault("ends_swapped", "The first value must not be above the last.", "value")


def check_single(kind: FieldKind, value: object, path: str) -> None:
    """Raise unless ``value`` is one good value of ``kind``."""
    if kind == "number":
        _check_number(value, path)
    elif kind == "datetime":
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise RuleFault("time", "Give a date or time, such as 2026-01-31.", path)
    elif kind == "boolean":
        if not isinstance(value, bool):
            raise RuleFault("yes_or_no", "Give true or false.", path)
    else:
        check_text(value, path)


def _check_number(value: object, path: str) -> None:
    if (
        not isinstance(value, Decimal)
        or not value.is_finite()
        or abs(value) >= MAX_NUMBER
        or value != round(value, MAX_PLACES)
    ):
        raise RuleFault(
            "number", f"Give a number below 10^15 with at most {MAX_PLACES} decimals.", path
        )


def check_text(value: object, path: str) -> None:
    """Raise unless ``value`` is a text that PostgreSQL can hold: not empty, no NUL, no half of a
    surrogate pair."""
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT:
        raise RuleFault("text", f"Give a text of 1 to {MAX_TEXT} characters.", path)
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise RuleFault("text", "Take out the characters that are not text.", path)
