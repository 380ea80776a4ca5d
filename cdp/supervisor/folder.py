"""The data folder: who uses it, its secrets, its ports, where the servers' files lie."""

import base64
import fcntl
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cdp.supervisor import account
from cdp.supervisor.trouble import Busy, Trouble

SHELTERS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108  mkdtemp makes the names


@dataclass(frozen=True)
class DataFolder:
    """``DATA_DIR``. Everything a run keeps lies below it, or is linked from it."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "DataFolder":
        """Make the folder if needed."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            (path / "logs").mkdir(mode=0o700, exist_ok=True)
            (path / "static").mkdir(exist_ok=True)  # whitenoise warns when it is missing
        except OSError as failure:
            raise Trouble(f"DATA_DIR {path} cannot be written: {failure.strerror}.") from failure
        return cls(path.resolve())

    @property
    def logs(self) -> Path:
        """Full logs, one file a process."""
        return self.path / "logs"

    @property
    def seeded(self) -> Path:
        """Exists once the demonstration's data is in."""
        return self.path / "seeded"

    @property
    def used(self) -> bool:
        """Whether a run ever kept its secrets here."""
        return (self.path / "secrets.json").exists()

    def remember(self, environment: Mapping[str, str]) -> None:
        """Keep what a run gave its processes, for commands that join it."""
        _write(self.path / "environment.json", dict(environment))

    def remembered(self) -> dict[str, str]:
        """What the latest run gave its processes; empty before the first."""
        path = self.path / "environment.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def lock(self) -> IO[str]:
        """Hold the folder until the returned file is closed or this process dies. Raises
        :class:`Busy` where another holds it."""
        handle = (self.path / "lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            handle.close()
            raise Busy(
                f"Process {holder} already runs on {self.path}: stop it, or set DATA_DIR to "
                "another folder (and PORT to another port)."
            ) from failure
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        return handle

    def secrets(self) -> dict[str, str]:
        """SECRET_KEY, ENCRYPTION_KEYS, BLIND_INDEX_KEY and the servers' passwords: made once.

        Losing this file means losing every sealed value, so it is written whole or not at all.
        """
        path = self.path / "secrets.json"
        if path.exists():
            return dict(json.loads(path.read_text()))
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "ENCRYPTION_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "BLIND_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "postgres_password": secrets.token_urlsafe(24),
            "valkey_password": secrets.token_urlsafe(24),
        }
        _write(path, made)
        return made

    def port(self, name: str) -> int:
        """The port this folder's server ``name`` used last, or a free one; remembered."""
        path = self.path / "ports.json"
        ports = dict(json.loads(path.read_text())) if path.exists() else {}
        if name not in ports or not is_free("127.0.0.1", ports[name]):
            ports[name] = free_port()
            _write(path, ports)
        return int(ports[name])

    def servers(self) -> Path:
        """Where the servers keep their files: below this folder, or linked from it to a place the
        servers' account can enter."""
        link = self.path / "servers"
        if link.is_symlink() and not link.exists():
            raise Trouble(
                f"{link} points to {link.readlink()}, which is gone. Put it back, or remove "
                f"{self.path} to start afresh."
            )
        if link.exists():
            return link.resolve()
        if account.can_reach(self.path):
            link.mkdir(mode=0o755)
            return link
        link.symlink_to(_shelter())
        return link.resolve()


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there. Asked without SO_REUSEPORT, which would hide a listener."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _shelter() -> Path:
    for base in SHELTERS:
        try:
            made = Path(tempfile.mkdtemp(prefix="cdp-", dir=base))
        except OSError:
            continue
        made.chmod(0o755)
        return made
    raise Trouble(
        f"The account '{account.NAME}' cannot enter DATA_DIR and neither /var/lib nor /var/tmp "
        "can be written: set DATA_DIR to a folder every account can enter."
    )


def _write(path: Path, content: object) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as out:
        json.dump(content, out)
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(path)
