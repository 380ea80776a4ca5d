"""A pytest plugin that starts PostgreSQL and Valkey of this run's own before Django is set up.

Loaded by ``-p tests.embedded``. With ``DATABASE_URL`` and ``REDIS_URL`` set it leaves both alone.
"""

import base64
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import valkey

from cdp.supervisor.postgres import Postgres
from cdp.supervisor.valkey import Valkey

_children: list[subprocess.Popen[bytes]] = []
_folders: list[Path] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Runs before pytest-django reads the settings."""
    os.environ.setdefault("CDP_DEMO", "1")
    os.environ.setdefault("SECRET_KEY", "test-key-of-no-value")
    os.environ.setdefault("ENCRYPTION_KEYS", "1:" + base64.b64encode(b"k" * 32).decode())
    os.environ.setdefault("BLIND_INDEX_KEY", base64.b64encode(b"i" * 32).decode())
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    if "DATABASE_URL" not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="cdp-tests-"))
        folder.chmod(0o755)
        _folders.append(folder)
        os.environ.setdefault("DATA_DIR", str(folder / "data"))
        postgres = Postgres(folder / "postgres", free_port(), durable=False)
        postgres.initialise()
        _children.append(postgres.start())
        os.environ["DATABASE_URL"] = postgres.url
        _await_postgres(postgres.port)
    if "REDIS_URL" not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="cdp-tests-"))
        _folders.append(folder)
        server = Valkey(folder / "valkey", free_port())
        _children.append(server.start())
        os.environ["REDIS_URL"] = server.url
        _await_valkey(server.url)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this run started."""
    while _children:
        child = _children.pop()
        child.send_signal(signal.SIGINT)  # PostgreSQL: fast shutdown, without waiting for clients
        child.wait(20)
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_postgres(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(
                f"postgresql://cdp@127.0.0.1:{port}/postgres", autocommit=True
            ) as connection:
                connection.execute("CREATE DATABASE cdp")
                return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _await_valkey(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            valkey.Valkey.from_url(url).ping()
            return
        except valkey.exceptions.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
