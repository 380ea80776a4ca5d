"""Identifiers as nodes of the identity graph."""

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from cdp.lib import crypto, sql


@lru_cache(maxsize=50_000)
def node_id(kind: str, value: str) -> UUID:
    """The node of an identifier: its blind index, so that the same identifier is the same node in
    whatever order it turns up, and nobody without the key can test guesses."""
    return UUID(bytes=crypto.blind_index(f"identifier:{kind}", value))


def seal(node: UUID, value: str) -> bytes:
    """An identifier's value at rest, bound to its node."""
    return crypto.encrypt(value.encode(), place=b"identifier:" + node.bytes)


def unseal(node: UUID, sealed: bytes) -> str:
    """The identifier in clear. Raises :class:`cdp.lib.crypto.Undecipherable`."""
    return crypto.decrypt(bytes(sealed), place=b"identifier:" + node.bytes).decode()


def peek(nodes: Collection[UUID]) -> dict[UUID, UUID]:
    """The present profile of each node that is known, without creating anything."""
    if not nodes:
        return {}
    found = sql.rows(
        "SELECT id, profile_id FROM profiles_identifier WHERE id = ANY(%s)", [sorted(nodes)]
    )
    return dict(found)


def lock(profile_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The living profile behind each id, with those profiles locked until the transaction ends."""
    for _ in range(3):
        living = peek(profile_ids)
        sql.rows(
            "SELECT id FROM profiles_profile WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(set(living.values()))],
        )
        if peek(profile_ids) == living:
            break
    return living
