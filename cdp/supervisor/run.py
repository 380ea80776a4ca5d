"""One run, from the data folder to a served console and back to nothing."""

import http.client
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from cdp.supervisor import folder as folders
from cdp.supervisor.folder import DataFolder
from cdp.supervisor.keeper import Keeper, Stopped
from cdp.supervisor.output import say
from cdp.supervisor.postgres import Postgres
from cdp.supervisor.processes import ROOT, environment, manage, processes
from cdp.supervisor.trouble import Trouble
from cdp.supervisor.valkey import Valkey

JOINED = (
    "CDP_DEMO",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "BLIND_INDEX_KEY",
    "DATA_DIR",
    "PUBLIC_URL",
)
"""What a command needs to join a run."""

DEMO_LOGINS = ("admin", "marketer", "analyst", "privacy")


def main() -> int:
    """Run until told to stop. Exit code 0 after a stop that was asked for, 1 after trouble."""
    try:
        host, port = _address()
        folder = DataFolder.at(Path(os.environ.get("DATA_DIR") or ROOT / ".data").absolute())
        held = folder.lock()
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    keeper = Keeper(folder.logs)
    code = 0
    try:
        _serve(keeper, folder, host, port)
    except Stopped:
        pass
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        code = 1
    finally:
        say("Stopping.")
        keeper.stop()
        held.close()
    say("Stopped.")
    return code


def _serve(keeper: Keeper, folder: DataFolder, host: str, port: int) -> None:
    started = time.monotonic()
    env = start_servers(keeper, folder, host, port)
    folder.remember({name: env[name] for name in JOINED if name in env})
    _prepare(keeper, folder, env)
    for process in processes(env):
        keeper.keep_process(process, env, ROOT)
    keeper.wait_until(_Readiness(host, port), "the web server to be ready", 180)
    _announce(env, port, folder, time.monotonic() - started)
    keeper.run()


def start_servers(
    keeper: Keeper, folder: DataFolder, host: str, port: int, *, quiet: bool = False
) -> dict[str, str]:
    """PostgreSQL and Valkey, unless the environment names others; answers the processes'
    environment. Both are up when this returns."""
    tell = (lambda _: None) if quiet else say
    made = folder.secrets()
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if not database_url:
        tell("Starting PostgreSQL.")
        postgres = Postgres(folder.servers(), folder.port("postgres"), made["postgres_password"])
        postgres.initialise()
        keeper.keep(
            "postgres",
            postgres.start,
            stage=4,
            patience=60,
            stop=signal.SIGINT,
            hurry=signal.SIGQUIT,
        )
        keeper.wait_until(postgres.is_ready, "PostgreSQL", 120)
        database_url = postgres.url
    if not redis_url:
        tell("Starting Valkey.")
        valkey = Valkey(folder.servers(), folder.port("valkey"), made["valkey_password"])
        keeper.keep("valkey", valkey.start, stage=3, patience=10)
        keeper.wait_until(valkey.is_ready, "Valkey", 60)
        redis_url = valkey.url
    return environment(
        os.environ,
        secrets=made,
        data=folder.path,
        database_url=database_url,
        redis_url=redis_url,
        host=host,
        port=port,
    )


def _prepare(keeper: Keeper, folder: DataFolder, env: Mapping[str, str]) -> None:
    """Bring tables, static files and, in demo mode the first time, the demonstration's data."""
    demo = env.get("CDP_DEMO", "").lower() in {"1", "true", "yes", "on"}
    say("Bringing the tables up to date.")
    _must(keeper, env, "migrate", "--no-input", "--verbosity", "0")
    if not demo:  # in demo mode static files are served from where they lie
        _must(keeper, env, "collectstatic", "--no-input", "--verbosity", "0")
    if demo and not folder.seeded.exists():
        say("Filling the demo shop. This happens once.")
        _must(keeper, env, "seed_demo")
        folder.seeded.touch()


def _must(keeper: Keeper, env: Mapping[str, str], *arguments: str) -> None:
    # These print on the terminal, where only what is amiss belongs.
    quiet = {"LOG_LEVEL": "WARNING"} | dict(env)
    code = keeper.call(arguments[0], manage(*arguments), quiet, ROOT)
    if code != 0:
        raise Trouble(
            f"'manage.py {arguments[0]}' failed with code {code}; its last words stand above. "
            "Nothing was started."
        )


def _address() -> tuple[str, int]:
    host, given = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise Trouble(f"PORT is {given!r}: write a number from 1 to 65535.")
    if not folders.is_free(host, int(given)):
        raise Trouble(
            f"Port {given} on {host} is in use: stop what listens there, or choose another with "
            f"'PORT={int(given) + 1 if int(given) < 65535 else 8000} make run'."
        )
    return host, int(given)


class _Readiness:
    """Asks /readyz twice a second at most."""

    def __init__(self, host: str, port: int) -> None:
        self.host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        self.port, self.next_at, self.told_at = port, 0.0, time.monotonic()

    def __call__(self) -> bool:
        now = time.monotonic()
        if now < self.next_at:
            return False
        self.next_at = now + 0.4
        status, body = probe(self.host, self.port)
        if status != 200 and now - self.told_at > 15:
            self.told_at = now
            say(f"Still waiting for the web server: {body or 'no answer yet'}")
        return status == 200


def probe(host: str, port: int) -> tuple[int, str]:
    """Status and text of /readyz; (0, "") when nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status, response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def _announce(env: Mapping[str, str], port: int, folder: DataFolder, seconds: float) -> None:
    base = f"http://localhost:{port}"
    lines = ["", f"Ready after {seconds:.1f} s.", ""]
    if env.get("CDP_DEMO") == "1":
        lines += [
            f"  Demo shop        {base}/shop/",
            f"  Console          {base}/admin/      {' · '.join(DEMO_LOGINS)} (password: demo)",
            f"  Privacy centre   {base}/privacy/",
            f"  API description  {base}/api/docs/",
            "  Demo keys        write key demo-write-key, API key demo-api-key",
        ]
    else:
        lines += [
            f"  Console          {base}/admin/      make a login: manage.py createsuperuser",
            f"  Privacy centre   {base}/privacy/",
            f"  API description  {base}/api/docs/",
        ]
    lines += [f"  Data and logs    {folder.path}", "", "Ctrl-C stops everything.", ""]
    say("\n".join(lines))
