"""Starts children, passes on what they print, restarts them, stops them in order.

One thread, one loop: the death signal of children is tied to the thread that started them, and a
program with threads must not run code between fork and exec.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from cdp.supervisor import tether
from cdp.supervisor.output import Output, say
from cdp.supervisor.processes import Process
from cdp.supervisor.trouble import Trouble

MAX_CRASHES = 5
CRASH_WINDOW = 60.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Launch = Callable[[int], subprocess.Popen[bytes]]


class Stopped(Exception):
    """A stop was asked for while something was waited for."""


@dataclass
class Child:
    """A process that is to run until it is stopped: ``farewell`` asks it to end within ``patience``
    seconds, ``hurry`` makes it."""

    name: str
    launch: Launch
    stage: int
    patience: float
    farewell: signal.Signals
    hurry: signal.Signals
    output: Output
    process: subprocess.Popen[bytes] | None = None
    crashes: list[float] = field(default_factory=list)
    again_at: float | None = None


class Keeper:
    """The children of this run."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.children: list[Child] = []
        self.stops, self._asked_at = 0, float("-inf")
        self._selector = selectors.DefaultSelector()
        self._wake, wake_writer = os.pipe()
        for end in (self._wake, wake_writer):
            os.set_blocking(end, False)
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in STOP_SIGNALS:
            signal.signal(number, self._asked_to_stop)

    def keep(
        self,
        name: str,
        launch: Launch,
        *,
        stage: int,
        patience: float,
        stop: signal.Signals = signal.SIGTERM,
        hurry: signal.Signals = signal.SIGKILL,
    ) -> None:
        """Start a child and keep it running. ``launch`` gets the descriptor to print to."""
        output = Output(name, self.logs)
        child = Child(name, launch, stage, patience, stop, hurry, output)
        self._selector.register(output.reader, selectors.EVENT_READ, output)
        self.children.append(child)
        child.process = launch(output.writer)

    def keep_process(self, process: Process, env: Mapping[str, str], folder: Path) -> None:
        """Start one of our own processes and keep it running."""
        self.keep(
            process.name,
            lambda writer: launch(process.command, env, folder, writer),
            stage=process.stage,
            patience=process.patience,
        )

    def call(
        self, name: str, command: tuple[str, ...], env: Mapping[str, str], folder: Path
    ) -> int:
        """Run a command to its end on this terminal, and answer its exit code."""
        process = launch(command, env, folder, None)
        try:
            self.wait_until(lambda: process.poll() is not None, f"{name} to end", None)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        return process.returncode

    def wait_until(self, ready: Callable[[], bool], what: str, timeout: float | None) -> None:
        """Keep everything going until ``ready``; raises :class:`Stopped` or :class:`Trouble`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not ready():
            if self.stops:
                raise Stopped
            if deadline and time.monotonic() > deadline:
                raise Trouble(f"Waited {timeout:.0f} s in vain for {what}: see {self.logs}.")
            self.turn(0.1)

    def run(self) -> None:
        """Keep everything going until a stop is asked for."""
        while not self.stops:
            self.turn(1.0)

    def turn(self, timeout: float) -> None:
        """One turn of the loop: pass on output, notice deaths, start again what is due."""
        due = [child.again_at - time.monotonic() for child in self.children if child.again_at]
        self._pass_on_output(max(0.0, min([timeout, *due])))
        if self.stops:
            return
        for child in self.children:
            self._look_after(child)

    def stop(self) -> None:
        """Stop every stage in order; at once when asked a second time."""
        asked = self.stops
        for stage in sorted({child.stage for child in self.children}):
            group = [child for child in self.children if child.stage == stage and child.process]
            for child in group:
                _signal(child, child.farewell)
            patience = max((child.patience for child in group), default=0.0)
            deadline = time.monotonic() + patience
            while any(_running(child) for child in group):
                hurry = self.stops > max(asked, 1)
                if hurry or time.monotonic() > deadline:
                    break
                self._pass_on_output(0.05)
            for child in group:
                _end(child)
        for child in self.children:
            self._selector.unregister(child.output.reader)
            os.close(child.output.writer)
            child.output.close()
        self.children.clear()

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.again_at is not None:
            if now >= child.again_at:
                child.again_at = None
                child.process = child.launch(child.output.writer)
            return
        if child.process is None or child.process.poll() is None:
            return
        code = child.process.returncode
        _end(child)  # what the process left of its group goes too
        child.crashes = [at for at in child.crashes if now - at < CRASH_WINDOW] + [now]
        if len(child.crashes) > MAX_CRASHES:
            raise Trouble(
                f"{child.name} ended {MAX_CRASHES + 1} times within {CRASH_WINDOW:.0f} s (last "
                f"with code {code}): see {child.output.path}."
            )
        delay = 0.2 * 2 ** (len(child.crashes) - 1)
        say(f"{child.name} ended with code {code}; starting it again in {delay:.1f} s.")
        child.process, child.again_at = None, now + delay

    def _pass_on_output(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                while self._drain_wakes():
                    pass
            else:
                key.data.pump()

    def _drain_wakes(self) -> bool:
        try:
            return bool(os.read(self._wake, 512))
        except BlockingIOError:
            return False

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        """One Ctrl-C can arrive twice (from the terminal and through make): within a second it
        counts once."""
        now = time.monotonic()
        if now - self._asked_at > 1.0:
            self.stops, self._asked_at = self.stops + 1, now


def launch(
    command: tuple[str, ...], env: Mapping[str, str], folder: Path, writer: int | None
) -> subprocess.Popen[bytes]:
    """Start one of our own programs in a process group of its own. It is killed when this process
    dies: nothing of ours needs a farewell to stay correct."""
    return tether.spawn(
        command,
        death_signal=signal.SIGKILL,
        env=dict(env),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.STDOUT if writer is not None else None,
    )


def _running(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


def _signal(child: Child, number: signal.Signals) -> None:
    if _running(child) and child.process is not None:
        child.process.send_signal(number)


def _end(child: Child) -> None:
    """Make an end of the child, and of what is left of its group."""
    if child.process is None:
        return
    if _running(child) and child.hurry != signal.SIGKILL:
        _signal(child, child.hurry)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(3)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
    child.process = None
