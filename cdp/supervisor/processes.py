"""How our own processes are called, in the order they start. Stopping goes by ``stage``."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB_WORKERS = 2
WEB_THREADS = 8


@dataclass(frozen=True)
class Process:
    """A command that must keep running.

    ``stage`` orders stopping (lowest first); ``patience`` is how many seconds a stop may take
    before the process is killed, which every one of them survives without losing anything.
    """

    name: str
    command: tuple[str, ...]
    stage: int
    patience: float


def environment(
    outer: Mapping[str, str],
    *,
    secrets: Mapping[str, str],
    data: Path,
    database_url: str,
    redis_url: str,
    host: str,
    port: int,
) -> dict[str, str]:
    """What the processes find in their environment. Variables set outside win."""
    made = {key: value for key, value in secrets.items() if key.isupper()}
    made |= {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PUBLIC_URL": f"http://localhost:{port}",
        # A process of one of our pools is one of several: BLAS must not take every core for each.
        "OPENBLAS_NUM_THREADS": "1",
        "WEB_CONCURRENCY": str(WEB_WORKERS),
        "WEB_THREADS": str(WEB_THREADS),
    }
    forced = {
        "DATA_DIR": str(data),
        "HOST": host,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "cdp.settings",
    }
    return made | dict(outer) | forced


def manage(*arguments: str) -> tuple[str, ...]:
    """A management command."""
    return (sys.executable, str(ROOT / "manage.py"), *arguments)


def processes(env: Mapping[str, str]) -> list[Process]:
    """Web, digest, worker and beat."""
    python = (sys.executable, "-m")
    celery = (*python, "celery", "-A", "cdp")
    return [
        Process("web", (*python, "granian", *_web(env)), 0, 22),
        *(
            Process(f"digest-{number}" if number > 1 else "digest", manage("digest"), 2, 15)
            for number in range(1, int(env.get("DIGESTS", "1")) + 1)
        ),
        Process(
            "worker",
            (*celery, "worker", "--without-mingle", "--loglevel", "INFO"),
            1,
            15,
        ),
        Process("beat", (*celery, "beat", "--pidfile", "", "--loglevel", "INFO"), 1, 10),
    ]


def _web(env: Mapping[str, str]) -> tuple[str, ...]:
    """Granian. Its defaults are 512 threads, each with a database connection, and to end the
    server when one worker crashes. ``--backpressure`` counts connections, not requests: idle
    keep-alive ones take a place too, so it is well above the threads."""
    return (
        *("--interface", "wsgi", "--host", env["HOST"], "--port", env["PORT"]),
        *("--workers", env["WEB_CONCURRENCY"], "--blocking-threads", env["WEB_THREADS"]),
        *("--backpressure", "256", "--http", "1", "--no-ws"),
        *("--respawn-failed-workers", "--respawn-interval", "1", "--workers-kill-timeout", "20"),
        *("--no-access-log", "--log-level", "info", "cdp.wsgi:application"),
    )
