"""``manage.py`` on the data folder of ``make run``, so that nobody has to copy passwords about.

With ``DATABASE_URL`` set, or where ``make run`` never kept anything, this does nothing. Otherwise a
command joins the run on ``DATA_DIR``; where none runs now, it starts PostgreSQL and Valkey for as
long as it takes.
"""

import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path

from cdp.supervisor.folder import DataFolder
from cdp.supervisor.keeper import Keeper, Stopped
from cdp.supervisor.processes import ROOT, manage
from cdp.supervisor.run import start_servers
from cdp.supervisor.trouble import Busy, Trouble


def join(arguments: Sequence[str], environment: MutableMapping[str, str]) -> int | None:
    """Prepare ``environment`` for a command in this process and answer None; or run the command on
    servers of its own and answer its exit code."""
    path = Path(environment.get("DATA_DIR") or ROOT / ".data").absolute()
    # Who forgot DATABASE_URL in production must hear so, and not be given an empty database.
    if environment.get("DATABASE_URL") or not DataFolder(path).used:
        return None
    try:
        folder = DataFolder.at(path)
        try:
            held = folder.lock()
        except Busy:
            for name, value in folder.remembered().items():
                environment.setdefault(name, value)
            return None
        with held:
            return _alone(arguments, folder)
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1


def _alone(arguments: Sequence[str], folder: DataFolder) -> int:
    keeper = Keeper(folder.logs)
    try:
        demo = folder.remembered().get("CDP_DEMO", "0")
        env = {"CDP_DEMO": demo} | start_servers(keeper, folder, "127.0.0.1", 8000, quiet=True)
        return keeper.call("manage.py", manage(*arguments), env, ROOT)
    except Stopped:
        return 130
    finally:
        keeper.stop()
