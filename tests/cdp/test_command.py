"""``manage.py`` without a database in its environment."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from cdp.supervisor import command
from cdp.supervisor.folder import DataFolder
from cdp.supervisor.processes import ROOT


def test_command__beside_a_run__gets_what_the_run_gave_its_processes(tmp_path: Path) -> None:
    folder = DataFolder.at(tmp_path)
    folder.secrets()
    folder.remember({"DATABASE_URL": "postgresql://a@b/c", "PUBLIC_URL": "http://run"})
    environment = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": "http://mine"}
    with folder.lock():
        assert command.join(["check"], environment) is None
    assert environment["DATABASE_URL"] == "postgresql://a@b/c"
    assert environment["PUBLIC_URL"] == "http://mine"


def test_command__with_a_database_named__is_left_alone(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": "postgresql://a@b/c", "DATA_DIR": str(tmp_path / "none")}
    assert command.join(["check"], environment) is None
    assert not (tmp_path / "none").exists()


def test_command__where_nothing_ever_ran__says_what_to_set(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate"],
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Set SECRET_KEY: see the table of settings in docs/operations/settings.md."
    )
    assert not (tmp_path / "none").exists()


def test_command__where_nothing_runs__starts_servers_for_as_long_as_it_takes(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o755)
    DataFolder.at(tmp_path).secrets()
    outer = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "showmigrations", "consent"],
        env=outer | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "0001_initial" in done.stdout
    left = [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(tmp_path) in " ".join(process.info["cmdline"] or [])
    ]
    assert left == []
