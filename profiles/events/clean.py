"""Text that PostgreSQL can keep: no NUL, no half of a surrogate pair. Pure."""

import re
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPES = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def needs_cleaning(raw: bytes) -> bool:
    """Whether JSON bytes could decode into text that cannot be stored."""
    return _ESCAPES.search(raw) is not None


def clean(value: Any) -> Any:
    """The same value with U+FFFD in place of what cannot be stored, in keys and values."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value
