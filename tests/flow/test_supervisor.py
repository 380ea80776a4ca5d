"""``python -m cdp.supervisor`` as a user meets it: real processes from start to nothing left."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cdp.supervisor.folder import free_port
from cdp.supervisor.processes import ROOT
from cdp.supervisor.run import probe
from tests.flow.stack import PASSED_ON

pytestmark = pytest.mark.flow


class Run:
    """One supervisor on a folder that is marked as seeded: seeding has tests of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self.log = port, folder / "terminal.log"
        self.env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.env |= {"DATA_DIR": str(folder), "PORT": str(port), "CDP_DEMO": "1"}
        (folder / "seeded").touch()
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cdp.supervisor"],
                cwd=ROOT,
                env=self.env,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self, timeout: float = 90) -> float:
        """Wait for the announcement; seconds it took."""
        started = time.monotonic()
        while "Ready after" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - started < timeout, self.said()
            time.sleep(0.1)
        return time.monotonic() - started

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        """Every process below the supervisor."""
        below: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return below

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder every account can enter."""
    with tempfile.TemporaryDirectory(prefix="cdp-run-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def running(folder: Path, port: int | None = None) -> Iterator[Run]:
    run = Run(folder, port or free_port())
    try:
        yield run
    finally:
        run.end()


def _gone(family: list[psutil.Process], timeout: float) -> list[psutil.Process]:
    return [one for one in psutil.wait_procs(family, timeout)[1] if one.status() != "zombie"]


def test_run__asked_to_stop__leaves_nothing_and_starts_again_quickly(folder: Path) -> None:
    with running(folder) as run:
        run.ready()
        family = run.family()
        commands = " ".join(" ".join(one.cmdline()) for one in family)
        for part in ("postgres", "valkey-server", "granian", "digest", "worker", "beat"):
            assert part in commands
        assert probe("127.0.0.1", run.port)[0] == 200
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(60) == 0
        assert _gone(family, 2) == []
    with running(folder) as again:
        assert again.ready() < 30  # 15 s on a machine of its own; the suite shares two cores
        assert "Filling the demo shop" not in again.said()


def test_run__killed__leaves_nothing_and_starts_again(folder: Path) -> None:
    with running(folder) as run:
        run.ready()
        family = run.family()
        run.process.kill()
        run.process.wait(10)
        assert _gone(family, 20) == []
    with running(folder, run.port) as again:
        again.ready()
        assert probe("127.0.0.1", again.port)[0] == 200


def test_run__two_side_by_side__serve_on_their_own(folder: Path) -> None:
    folders = [folder / "one", folder / "two"]
    for each in folders:
        each.mkdir()
    with running(folders[0]) as one, running(folders[1]) as two:
        one.ready()
        two.ready()
        assert probe("127.0.0.1", one.port)[0] == 200
        assert probe("127.0.0.1", two.port)[0] == 200
        keys = {(each / "secrets.json").read_text() for each in folders}
        assert len(keys) == 2
        assert all((each / "secrets.json").stat().st_mode & 0o077 == 0 for each in folders)


def test_run__child_killed__is_started_again(folder: Path) -> None:
    with running(folder) as run:
        run.ready()
        (web,) = (
            one
            for one in psutil.Process(run.process.pid).children()
            if "granian" in " ".join(one.cmdline())
        )
        workers = web.children()
        assert len(workers) >= 2
        web.kill()
        assert _gone(workers, 10) == []
        deadline = time.monotonic() + 60
        while probe("127.0.0.1", run.port)[0] != 200 or "web ended" not in run.said():
            assert time.monotonic() < deadline, run.said()
            time.sleep(0.2)
        assert "web ended with code -9; starting it again" in run.said()


def test_run__port_in_use__says_so_and_ends(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with running(folder, taken.getsockname()[1]) as run:
            assert run.process.wait(30) == 1
            assert "is in use" in run.said()
            assert not (folder / "servers").exists()


def test_run__folder_in_use__names_the_holder(folder: Path) -> None:
    with running(folder) as run:
        run.ready()
        with running(folder) as second:
            assert second.process.wait(30) == 1
            assert f"Process {run.process.pid} already runs" in second.said()
        assert probe("127.0.0.1", run.port)[0] == 200


def test_run__server_password__is_nowhere_in_the_process_list(folder: Path) -> None:
    with running(folder) as run:
        run.ready()
        secrets = (folder / "secrets.json").read_text()
        shown = " ".join(" ".join(one.cmdline()) for one in run.family())
        passwords = [word for word in secrets.split('"') if len(word) > 30]
        assert len(passwords) == 5
        assert not any(password in shown for password in passwords)
