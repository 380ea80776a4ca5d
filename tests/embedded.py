"""A pytest plugin that starts PostgreSQL and Valkey of this run's own before Django is set up.

Loaded by ``-p tests.embedded``. With ``DATABASE_URL`` and ``REDIS_URL`` set it leaves both alone.
The database is not durable: nothing here outlives the run, and it is several times faster.
"""

import base64
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cdp.supervisor.folder import free_port
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
    os.environ.setdefault("REQUIRE_DURABLE_DATABASE", "0")
    if "DATA_DIR" not in os.environ:
        os.environ["DATA_DIR"] = str(_folder() / "data")
    (Path(os.environ["DATA_DIR"]) / "static").mkdir(parents=True, exist_ok=True)
    if "DATABASE_URL" not in os.environ:
        postgres = Postgres(_folder(), free_port(), "tests", durable=False)
        postgres.initialise()
        _children.append(postgres.start(_log(postgres.folder)))
        _await(postgres.is_ready, "PostgreSQL")
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        valkey = Valkey(_folder(), free_port(), "tests")
        _children.append(valkey.start(_log(valkey.folder)))
        _await(valkey.is_ready, "Valkey")
        os.environ["REDIS_URL"] = valkey.url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this run started."""
    while _children:
        child = _children.pop()
        child.send_signal(signal.SIGINT)  # PostgreSQL: fast shutdown, without waiting for clients
        child.wait(20)
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


def _folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="cdp-tests-"))
    made.chmod(0o755)  # the servers' account must get through
    _folders.append(made)
    return made


def _log(folder: Path) -> int:
    return os.open(folder / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _await(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not start: see {_folders}")
        time.sleep(0.05)
