"""Personal values as people without the right to see them see them: enough to recognise, too little
to use. Pure."""

from typing import Any

HIDDEN = "•••"


def mask(value: Any) -> str:
    """``anna@example.com`` → ``a•••@e•••.com``, ``Anna`` → ``A•••``, anything else by its first
    character. Empty stays empty."""
    if isinstance(value, list | tuple):
        return ", ".join(mask(part) for part in value)
    text = str(value).strip() if value is not None else ""
    if not text:
        return ""
    name, at, host = text.partition("@")
    if at and "." in host:
        domain, _, ending = host.rpartition(".")
        return f"{name[:1]}{HIDDEN}@{domain[:1]}{HIDDEN}.{ending}"
    if " " in text:
        return " ".join(mask(word) for word in text.split()[:3])
    return text[0] + HIDDEN
