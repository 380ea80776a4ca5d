"""The whole product as processes of its own: durable PostgreSQL, Valkey, web, digest, worker, beat.

Built from the supervisor's own parts, so a test runs what ``make run`` runs; only the restarting is
left to the test, which wants to see what a death does.

    def test_order__digest_killed__is_counted_once(stack: Stack) -> None:
        stack.kill("digest")
        ...
        stack.restart("digest")
        stack.wait_until(lambda: stack.lag() == 0)
"""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from cdp.supervisor.folder import DataFolder, free_port
from cdp.supervisor.keeper import launch
from cdp.supervisor.postgres import Postgres
from cdp.supervisor.processes import ROOT, Process, environment, manage, processes
from cdp.supervisor.run import probe
from cdp.supervisor.valkey import Valkey

ALL = ("web", "digest", "worker", "beat")
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "PYTHONPATH")


class Stack:
    """A running product on free ports and a folder of its own. Use it as a context manager.

    ``only`` names the processes wanted; ``seeded`` fills the demo shop (``manage.py seed_demo``
    with ``seed_arguments``); ``settings`` are variables for the environment.
    """

    def __init__(
        self,
        *,
        only: Sequence[str] = ALL,
        seeded: bool = False,
        seed_arguments: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        root = Path(tempfile.mkdtemp(prefix="cdp-stack-"))
        root.chmod(0o755)
        self.folder = DataFolder.at(root)
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        secrets, servers = self.folder.secrets(), self.folder.servers()
        self.postgres = Postgres(servers, free_port(), secrets["postgres_password"])
        self.valkey = Valkey(servers, free_port(), secrets["valkey_password"])
        outer = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.env = environment(
            outer | {"CDP_DEMO": "1"} | dict(settings or {}),
            secrets=secrets,
            data=self.folder.path,
            database_url=self.postgres.url,
            redis_url=self.valkey.url,
            host="127.0.0.1",
            port=self.port,
        )
        self._seeded, self._seed_arguments = seeded, seed_arguments
        self._wanted: dict[str, Process] = {
            process.name: process for process in processes(self.env) if process.name in only
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def manage(self, *arguments: str, timeout: float = 300) -> str:
        """Run a management command and answer what it printed; fails the test when it fails."""
        done = subprocess.run(
            manage(*arguments),
            env=self.env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout[-4000:]}"
        return done.stdout

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a process; after SIGKILL the whole of its group is gone on return."""
        process = self.running[name]
        process.send_signal(number)
        if number == signal.SIGKILL:
            _bury(process)

    def restart(self, name: str) -> None:
        """Start a process again, ending the old one if it still runs; servers answer on return."""
        if name in self.running:
            old = self.running.pop(name)
            if name == "postgres":
                old.send_signal(signal.SIGINT)
                old.wait(60)
            _bury(old)
        if name == "postgres":
            self._launch(name, self.postgres.start)
            self.wait_until(lambda: self._serves(name, self.postgres.start, self.postgres.is_ready))
        elif name == "valkey":
            self._launch(name, self.valkey.start)
            self.wait_until(self.valkey.is_ready)
        else:
            command = self._wanted[name].command
            self._launch(name, lambda log: launch(command, self.env, ROOT, log))
        if name == "web":
            self.wait_until(self._answers, 60)

    def wait_until(self, predicate: Callable[[], Any], timeout: float = 30) -> Any:
        """The first true answer of ``predicate``; fails the test after ``timeout`` seconds.

        An error of the database or the network counts as "not yet"."""
        deadline = time.monotonic() + timeout
        last: object = None
        while time.monotonic() < deadline:
            try:
                if last := predicate():
                    return last
            except (psycopg.OperationalError, OSError, http.client.HTTPException) as failure:
                last = failure
            time.sleep(0.05)
        raise AssertionError(f"Not within {timeout} s (last: {last!r}). {self._last_words()}")

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A connection to the stack's database, committing each statement unless told otherwise."""
        return psycopg.connect(self.postgres.url, **({"autocommit": True} | options))

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement on a connection of its own."""
        with self.connect() as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def lag(self) -> int:
        """Accepted requests that are not digested."""
        ((number,),) = self.query(
            "SELECT count(*) FROM profiles_inboxshard s JOIN profiles_inbox i "
            "ON i.shard = s.shard AND i.id > s.position"
        )
        return int(number)

    def logged(self, name: str) -> str:
        """All that a process printed."""
        path = self.folder.logs / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self) -> None:
        """Stop everything and remove the folder."""
        for name in ("web", "beat", "worker", "digest", "valkey", "postgres"):
            if process := self.running.pop(name, None):
                process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGKILL)
                try:
                    process.wait(60)
                finally:
                    _bury(process)
        shelter = self.folder.path / "servers"
        if shelter.is_symlink():
            shutil.rmtree(shelter.resolve(), ignore_errors=True)
        shutil.rmtree(self.folder.path, ignore_errors=True)

    def _start(self) -> None:
        self.postgres.initialise()
        self.restart("postgres")
        self.restart("valkey")
        self.manage("migrate", "--no-input", "--verbosity", "0")
        if self._seeded:
            self.manage("seed_demo", *self._seed_arguments, timeout=600)
        for name in self._wanted:
            self.restart(name)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        finally:
            connection.close()

    def readiness(self) -> tuple[int, str]:
        """Status and text of /readyz."""
        return probe("127.0.0.1", self.port)

    def _launch(self, name: str, start: Callable[[int], subprocess.Popen[bytes]]) -> None:
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        log = os.open(self.folder.logs / f"{name}.log", flags, 0o600)
        try:
            self.running[name] = start(log)
        finally:
            os.close(log)

    def _serves(
        self, name: str, start: Callable[[int], subprocess.Popen[bytes]], ready: Callable[[], bool]
    ) -> bool:
        """After a kill the shared memory stays in use until the last backend has noticed; the
        server then refuses to start, and is started again, as the supervisor does."""
        if self.running[name].poll() is not None:
            self._launch(name, start)
        return ready()

    def _last_words(self) -> str:
        return "\n".join(f"{name}: {self.logged(name)[-600:]}" for name in self.running)


def _bury(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
