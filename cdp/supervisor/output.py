"""What processes print: whole into files, the part worth a look onto the terminal."""

import json
import os
import select
import sys
from pathlib import Path
from typing import IO

MAX_BYTES = 20 * 1024 * 1024
QUIET = ("the database system is starting up", "the database system is shutting down")
LOUD = ("[ERROR", "[CRITICAL", "ERROR:", "FATAL:", "PANIC:", "CRITICAL/", "ERROR/", "Error:")


class Output:
    """The printed lines of one process; ``read`` end of its pipe, file, prefix."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.path = name, folder / f"{name}.log"
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self._file: IO[bytes] = self.path.open("ab", buffering=0)
        self._rest = b""

    def pump(self) -> bool:
        """Pass on what is there; False once the pipe is closed."""
        try:
            chunk = os.read(self.reader, 1 << 16)
        except BlockingIOError:
            return True
        self._write(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            if worth_showing(text):
                say(f"{self.name:>8} | {text}")
        return bool(chunk)

    def close(self) -> None:
        """Pass on the rest and let go."""
        while self.pump():
            if not _has_more(self.reader):
                break
        os.close(self.reader)
        self._file.close()

    def _write(self, chunk: bytes) -> None:
        if self._file.tell() > MAX_BYTES:
            self._file.close()
            self.path.replace(self.path.with_suffix(".log.1"))
            self._file = self.path.open("ab", buffering=0)
        self._file.write(chunk)


def worth_showing(line: str) -> bool:
    """Warnings and worse of our own JSON lines; errors of other programs."""
    if line.startswith("{"):
        try:
            return json.loads(line).get("level") in {"warning", "error", "critical"}
        except ValueError:
            return False
    return any(mark in line for mark in LOUD) and not line.endswith(QUIET)


def say(text: str) -> None:
    """A line on the terminal. A closed terminal is no reason to stop anything."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        return


def _has_more(reader: int) -> bool:
    return bool(select.select([reader], [], [], 0)[0])
