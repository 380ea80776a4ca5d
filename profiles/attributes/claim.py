"""A claim about an attribute as an event makes it, and values brought to their kind. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MAX_TEXT = 1_000
MAX_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class Claim:
    """``value`` is JSON-ready and already of the attribute's kind; None withdraws the attribute."""

    attribute: str
    value: Any
    rule: str
    slot: str = ""
    personal: bool = False


class Unfit(ValueError):
    """A value that is not of the attribute's kind: it claims nothing."""


def coerce(kind: str, value: Any) -> Any:
    """The value as the kind stores it. Raises :class:`Unfit`."""
    readers = {
        "text": text,
        "number": number,
        "datetime": moment,
        "boolean": truth,
        "set": members,
        "path": steps,
    }
    return readers[kind](value)


def text(value: Any) -> str:
    """Text without what PostgreSQL cannot store; numbers are spelled out; objects by their name."""
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit
    cleaned = clean(str(value)).strip()
    if not cleaned:
        raise Unfit
    return cleaned[:MAX_TEXT]


def clean(value: str) -> str:
    """Without NUL and lone surrogates, which neither jsonb nor UTF-8 hold."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def clean_whole(value: Any) -> Any:
    """A JSON value with every text in it cleaned, names of members too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): clean_whole(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [clean_whole(part) for part in value]
    return value


def number(value: Any) -> int | float:
    """A finite number, also from its text."""
    if isinstance(value, str):
        try:
            value = float(value.strip().replace(",", "."))
        except ValueError as failure:
            raise Unfit from failure
        value = int(value) if math.isfinite(value) and value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unfit
    return value


def moment(value: Any) -> str:
    """An instant in ISO 8601, UTC; also from seconds or milliseconds since 1970."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            at = datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
        else:
            at = datetime.fromisoformat(str(value).strip())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as failure:
        raise Unfit from failure
    return at.isoformat()


def truth(value: Any) -> bool:
    """Yes or no, also from the usual words."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in {"true", "yes", "1", "on"}:
        return True
    if word in {"false", "no", "0", "off"}:
        return False
    raise Unfit


def members(value: Any) -> list[str]:
    """Distinct texts, sorted."""
    given = value if isinstance(value, list | tuple) else [value]
    found = set()
    for member in given[:MAX_MEMBERS]:
        try:
            found.add(text(member))
        except Unfit:
            continue
    if not found:
        raise Unfit
    return sorted(found)


def steps(value: Any) -> list[str]:
    """A place from country down, from an address or a list. A gap is an empty text."""
    if isinstance(value, Mapping):
        told = {str(key).lower(): part for key, part in value.items()}
        region = told.get("region", told.get("state"))
        value = [told.get("country"), region, told.get("city")]
    elif isinstance(value, str):
        value = value.split(">")
    if not isinstance(value, list | tuple):
        raise Unfit
    found = [_step(part) for part in value[:6]]
    while found and not found[-1]:
        found.pop()
    if not found:
        raise Unfit
    return found


def _step(value: Any) -> str:
    try:
        return text(value)
    except Unfit:
        return ""
