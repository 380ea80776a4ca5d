"""Where could a word still stand? Everywhere the product writes: the database as dumped and as its
planner remembers it, Valkey, logs, models and other files."""

import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

import redis

from cdp.supervisor.postgres import WHEEL
from tests.flow.stack import Stack

SERVERS = "servers"
"""The servers' own folder: what it holds is asked of the servers."""


def find(stack: Stack, words: Iterable[str]) -> set[tuple[str, str]]:
    """Every (word, place) where one of the words stands, in clear or as hexadecimal bytes."""
    wanted = {word: (word.lower().encode(), word.encode().hex().encode()) for word in words}
    return {
        (word, place)
        for place, content in _places(stack)
        for word, forms in wanted.items()
        if any(form in content for form in forms)
    }


def _places(stack: Stack) -> Iterator[tuple[str, bytes]]:
    yield from _tables(stack)
    yield "pg_stats", _told(stack, "SELECT * FROM pg_stats")
    yield "pg_stats_ext", _told(stack, "SELECT * FROM pg_stats_ext")
    own = "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    yield "pg_stat_activity", _told(stack, own)
    yield from _keys(stack)
    for path in sorted(stack.folder.path.rglob("*")):
        inside = path.relative_to(stack.folder.path)
        if path.is_file() and inside.parts[0] != SERVERS:
            yield f"file {inside}", path.read_bytes().lower()


def _tables(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """The whole dump, in parts that begin with a table's name."""
    command = [str(WHEEL / "bin" / "pg_dump"), "--no-owner", stack.postgres.url]
    dump = subprocess.run(command, capture_output=True, check=True).stdout.lower()
    parts = dump.split(b"\ncopy ")
    assert len(parts) > 30, "the dump holds no tables"
    for part in parts:
        yield f"table {part.split(b' ', 1)[0].decode()}", part


def _told(stack: Stack, query: str) -> bytes:
    return repr(stack.query(query)).lower().encode()


def _keys(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Keys with their values, read by type: what DUMP answers may be compressed."""
    with redis.Redis.from_url(stack.valkey.url) as store:
        assert store.ping()
        for key in store.scan_iter(count=1_000):
            value = _value(store, key)
            yield f"valkey {key.decode(errors='replace')}", (repr((key, value))).lower().encode()


def _value(store: Any, key: bytes) -> Any:
    kind = store.type(key)
    if kind == b"hash":
        return store.hgetall(key)
    if kind == b"list":
        return store.lrange(key, 0, -1)
    if kind == b"set":
        return store.smembers(key)
    if kind == b"zset":
        return store.zrange(key, 0, -1)
    return store.get(key)
