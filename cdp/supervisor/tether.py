"""Processes that cannot outlive the one that started them (Linux; elsewhere a no-op)."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str], *, death_signal: signal.Signals, **options: Any
) -> subprocess.Popen[bytes]:
    """``subprocess.Popen`` for a child in a process group of its own, which gets ``death_signal``
    when this process dies, whatever kills it. Call it from the main thread: the kernel watches the
    thread that forked, not the process."""
    return subprocess.Popen(
        command,
        process_group=0,
        preexec_fn=_tied(death_signal),  # noqa: PLW1509  there are no other threads
        **options,
    )


def _tied(death_signal: signal.Signals) -> Callable[[], None]:
    """Runs in the child after ``subprocess`` has changed the account, which is needed: the kernel
    forgets the wish when credentials change."""
    parent = os.getpid()

    def tie() -> None:
        set_death_signal(death_signal)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def set_death_signal(death_signal: signal.Signals) -> None:
    """Ask the kernel for ``death_signal`` at this process when its parent dies."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))


def follow_main_process() -> None:
    """For the forked workers of a server: die with the main process even when that is killed.

    Otherwise a killed main leaves workers that hold the port and answer with old code.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    set_death_signal(signal.SIGKILL)
    if os.getppid() != parent.pid:
        os._exit(1)
