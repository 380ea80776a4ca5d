"""What a mapping may do to a cell, one small function each. Pure: no Django, no clock, no files."""

import math
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

Step = Callable[[Any], Any]
Tables = Mapping[str, Mapping[str, str]]

_PLACES = Decimal("0.0001")
_LIMIT = Decimal(10) ** 12
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})


class Unfit(Exception):
    """A cell's value cannot become what the mapping asks for. Never carries the value itself."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class BadMapping(ValueError):
    """The mapping itself is wrong; the text says where."""


def step(spec: str | Mapping[str, Any], tables: Tables) -> Step:
    """The function for one step, written as ``"strip"`` or ``{ do = "date", formats = […] }``."""
    options = {"do": spec} if isinstance(spec, str) else dict(spec)
    name = options.pop("do", None)
    maker = _STEPS.get(str(name))
    if maker is None:
        raise BadMapping(f"there is no step called {name!r}; known: {', '.join(sorted(_STEPS))}")
    return maker(options, tables)


def text(value: Any) -> str:
    """A cell as text; whole floats lose their point (spreadsheets write 17850.0 for an id)."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number(value: Any) -> Decimal:
    """A cell as an exact decimal with at most four places, as amounts are stored."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Unfit("not_a_number", "This must be a number.")
    try:
        result = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
        if not result.is_finite() or abs(result) >= _LIMIT:
            raise Unfit("out_of_range", "This number is too large to be an amount.")
        return result.quantize(_PLACES)
    except InvalidOperation:
        raise Unfit("not_a_number", "This must be a number.") from None


def moment(value: Any, formats: Sequence[str], zone: tzinfo) -> datetime:
    """A cell as an instant in UTC; a time without an offset is read in ``zone``."""
    found = value if isinstance(value, datetime) else _parsed(text(value).strip(), formats)
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    return found.astimezone(UTC)


def _parsed(value: str, formats: Sequence[str]) -> datetime:
    for pattern in formats:
        try:
            return datetime.strptime(value, pattern)  # noqa: DTZ007  the zone is added by moment
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise Unfit(
            "not_a_date", "This must be a date and time, such as 2026-05-31 14:00."
        ) from None


def _boolean(value: Any) -> bool:
    word = text(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise Unfit("not_yes_or_no", "This must be yes or no.")


def _number(options: Mapping[str, Any], _: Tables) -> Step:
    if not options.get("decimal_comma"):
        return number
    return lambda value: number(
        value.replace(".", "").replace(",", ".") if isinstance(value, str) else value
    )


def _date(options: Mapping[str, Any], _: Tables) -> Step:
    formats = tuple(options.get("formats", ()))
    zone: tzinfo = ZoneInfo(options["zone"]) if "zone" in options else UTC
    return lambda value: moment(value, formats, zone)


def _lookup(options: Mapping[str, Any], tables: Tables) -> Step:
    table = _table(options, tables)
    if options.get("else") == "same":
        return lambda value: table.get(text(value), text(value))
    default = options.get("else")
    return lambda value: table.get(text(value), default)


def _keywords(options: Mapping[str, Any], tables: Tables) -> Step:
    """The first word of the table, in its order, that occurs in the text decides."""
    table = tuple((word.lower(), result) for word, result in _table(options, tables).items())
    default = options.get("else")
    seen: dict[str, str | None] = {}

    def find(value: Any) -> str | None:
        key = text(value)
        if key not in seen:
            low = key.lower()
            seen[key] = next((result for word, result in table if word in low), default)
        return seen[key]

    return find


def _table(options: Mapping[str, Any], tables: Tables) -> Mapping[str, str]:
    name = options.get("table", "")
    if name not in tables:
        raise BadMapping(f"a step names the table {name!r}, which [tables] does not hold")
    return tables[name]


_STEPS: dict[str, Callable[[Mapping[str, Any], Tables], Step]] = {
    "text": lambda options, tables: text,
    "strip": lambda options, tables: lambda value: text(value).strip(),
    "lower": lambda options, tables: lambda value: text(value).lower(),
    "upper": lambda options, tables: lambda value: text(value).upper(),
    "capitals": lambda options, tables: lambda value: string.capwords(text(value)),
    "number": _number,
    "negate": lambda options, tables: lambda value: -number(value),
    "boolean": lambda options, tables: _boolean,
    "date": _date,
    "lookup": _lookup,
    "keywords": _keywords,
    "prefix": lambda options, tables: lambda value: f"{options['with']}{text(value)}",
}
