"""Encryption of personal values, and blind indexes to find them again.

A token is ``key id (1 byte) · nonce (12) · ciphertext and tag`` under AES-256-GCM. The associated
data names the place a value lives in, so a token copied to another row does not open. Any failure
raises: a value that cannot be read is never handed on as if it were one.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class Undecipherable(Exception):
    """A token was made under an unknown key, was altered, or belongs to another place."""


def encrypt(plaintext: bytes, *, place: bytes) -> bytes:
    """Seal ``plaintext`` under the first configured key, bound to ``place``."""
    key_id, cipher = _primary()
    nonce = os.urandom(12)
    return bytes((key_id,)) + nonce + cipher.encrypt(nonce, plaintext, place)


def decrypt(token: bytes, *, place: bytes) -> bytes:
    """Open a token made by :func:`encrypt`. Raises :class:`Undecipherable`."""
    cipher = _ring().get(token[0]) if token else None
    if cipher is None:
        raise Undecipherable("no configured key has the id in this token's header")
    try:
        return cipher.decrypt(token[1:13], token[13:], place)
    except InvalidTag as failure:
        raise Undecipherable("the token was altered or belongs to another place") from failure


def blind_index(scope: str, value: str) -> bytes:
    """16 bytes that stand for ``value`` in look-ups: HMAC-SHA256 under a key of its own, so that
    nobody without the key can test guesses such as e-mail addresses."""
    message = f"{scope}\0{value}".encode()
    return hmac.digest(settings.BLIND_INDEX_KEY, message, "sha256")[:16]


def fingerprint(secret: str) -> str:
    """The SHA-256 of a high-entropy key (write key, API key), for storage and comparison."""
    return hashlib.sha256(secret.encode()).hexdigest()


@lru_cache(maxsize=1)
def _ring() -> dict[int, AESGCM]:
    return {key_id: AESGCM(key) for key_id, key in settings.ENCRYPTION_KEYS.items()}


@lru_cache(maxsize=1)
def _primary() -> tuple[int, AESGCM]:
    return next(iter(_ring().items()))
