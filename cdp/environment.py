"""Settings from the environment. A missing or malformed value stops the start with a sentence."""

import base64
import binascii
import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The variable's text, or ``default``; without either the start stops."""
    value = os.environ.get(name, default)
    if value is None or (value == "" and default is None):
        raise ImproperlyConfigured(
            f"Set {name}: see the table of settings in docs/operations/settings.md."
        )
    return value


def flag(name: str, default: bool = False) -> bool:
    """1/0, true/false, yes/no, on/off."""
    value = os.environ.get(name, "1" if default else "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: write 1 or 0.")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError as failure:
        raise ImproperlyConfigured(f"{name} is {value!r}: write a whole number.") from failure


def words(name: str, default: str = "") -> list[str]:
    """A list parted by commas."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def key(name: str) -> bytes:
    """32 bytes in base64, as ``openssl rand -base64 32`` prints them."""
    return _key_bytes(name, text(name))


def key_ring(name: str) -> dict[int, bytes]:
    """``id:base64`` pairs parted by commas; the first seals, all of them open."""
    ring: dict[int, bytes] = {}
    for entry in text(name).split(","):
        key_id, _, encoded = entry.strip().partition(":")
        if not key_id.isdigit() or not 0 < int(key_id) < 256:
            raise ImproperlyConfigured(
                f"{name} holds an entry without a key id: write 1:<base64>, with ids from 1 to 255."
            )
        ring[int(key_id)] = _key_bytes(name, encoded)
    return ring


def database(name: str) -> dict[str, Any]:
    """Django's settings from ``postgresql://user:password@host:port/name?option=value``."""
    parts = urlsplit(text(name))
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} must read postgresql://user:password@host:port/name: PostgreSQL 15 or newer "
            "is the only database this runs on."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        # A server that went silent is noticed in seconds, not after the kernel's two hours.
        "OPTIONS": {
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        }
        | dict(parse_qsl(parts.query)),
    }


def redis(name: str) -> str:
    """The address of a Redis or Valkey server."""
    value = text(name)
    if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured(f"{name} must read redis://host:port/0.")
    return value


def _key_bytes(name: str, encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != 32:
        raise ImproperlyConfigured(
            f"{name} must hold 32 bytes in base64: make one with 'openssl rand -base64 32'."
        )
    return raw
