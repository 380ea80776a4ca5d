"""Whether this process lives, and whether the whole is fit to serve."""

from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from cdp.checks import durability_faults, forbidden_demo_parts
from cdp.lib import sql
from profiles import api as profiles


def healthz(request: HttpRequest) -> JsonResponse:
    """Liveness: this process answers. It never asks the database: a short failure there must not
    restart every web server."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: 200 when every part is fit, else 503 with what fails and what to do."""
    failing = {name: reason for name, part in PARTS.items() if (reason := _ask(part))}
    if failing:
        return JsonResponse({"status": "not ready", "failing": failing}, status=503)
    return JsonResponse({"status": "ready", "parts": list(PARTS)})


def database() -> str:
    """The database answers and takes writes (a replica, or a failover in progress, does not)."""
    ((writable,),) = sql.rows(
        "SELECT NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::bool"
    )
    return "" if writable else "It takes no writes: point DATABASE_URL at the primary server."


def durability() -> str:
    """A 200 means the event survives a crash of the machine."""
    return " ".join(durability_faults())


def cache_part() -> str:
    """The cache keeps what it is given."""
    token = uuid4().hex
    cache.set("readyz", token, 10)
    return "" if cache.get("readyz") else "It forgot a value at once: check its memory limit."


def migrations() -> str:
    """The tables are those this code expects."""
    return "" if _migrated() else "Tables are behind the code: run 'manage.py migrate'."


def digest() -> str:
    """The digest keeps up."""
    lag = profiles.digest_lag()
    if lag <= settings.READY_MAX_LAG:
        return ""
    return f"The oldest request waits since {lag:.0f} s: check that 'manage.py digest' runs."


def demo() -> str:
    """No demonstration keys or passwords outside demo mode."""
    return " ".join(forbidden_demo_parts())


PARTS: dict[str, Callable[[], str]] = {
    "database": database,
    "durability": durability,
    "migrations": migrations,
    "cache": cache_part,
    "digest": digest,
    "demo": demo,
}


def _ask(part: Callable[[], str]) -> str:
    try:
        return part()
    except Exception as failure:  # whatever it is, the part is not fit
        return f"No answer ({type(failure).__name__})."


_known: set[str] = set()


def _migrated() -> bool:
    """Asked of the database until the answer is yes; a running process's code does not change."""
    if "migrated" not in _known:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _known.add("migrated")
    return True
