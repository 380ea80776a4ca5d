"""The account servers run under: PostgreSQL refuses root, and nothing needs it.

Started by root, the servers run as ``nobody``. That account may be unable to enter the folder this
project lies in (``/root/shop``, mode 700), so what it needs is then copied to, and kept in, a place
it can reach. The road not taken, a capability that reads past permissions, would hand a database
the right to read every file of the machine.
"""

import os
import pwd
import shutil
from pathlib import Path
from typing import Any

from cdp.supervisor.trouble import Trouble

NAME = "nobody"


def credentials() -> dict[str, Any]:
    """Arguments for ``subprocess`` that start a server under the account; empty unless root."""
    if os.geteuid() != 0:
        return {}
    entry = _entry()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def give(path: Path) -> None:
    """Hand a file or an empty folder to the account."""
    if os.geteuid() == 0:
        entry = _entry()
        os.chown(path, entry.pw_uid, entry.pw_gid)


def can_reach(path: Path) -> bool:
    """Whether the account can enter the folder or run the file. Tried, not computed from modes."""
    if os.geteuid() != 0:
        return True
    entry = _entry()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            os._exit(0 if os.access(path, os.X_OK) else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def reachable(tool: Path, tree: Path, shelter: Path) -> Path:
    """``tool``, or its copy below ``shelter`` when the account cannot run it where it lies.

    ``tree`` is the folder around the tool that must travel with it (time zones, say), inside a
    wheel's package. The libraries a wheel brings lie beside its package and are found from the
    tool by a relative path, so they travel too, and keep their place. The copy is named after the
    tree's age, so an upgrade makes a new one.
    """
    if can_reach(tool):
        return tool
    package = tree.parent
    copy = shelter / f"{tree.name.strip('_')}-{tree.stat().st_mtime_ns:x}"
    if not copy.exists():
        unfinished = copy.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(tree, unfinished / package.name / tree.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.rename(copy)
    return copy / package.name / tool.relative_to(package)


def _entry() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NAME)
    except KeyError as failure:
        raise Trouble(
            f"Started as root, but there is no account '{NAME}' for the database: "
            "create it, or start as a normal user."
        ) from failure
