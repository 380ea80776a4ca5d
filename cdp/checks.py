"""What must hold before anything starts, and while it runs.

Checks of the settings run with every command; those of the database with ``migrate``,
``check --database default`` and in /readyz.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError
from django.utils.module_loading import import_string

from cdp.lib import sql
from consent import api as consent
from profiles import api as profiles

STAGE_ORDER = (
    "profiles.stages.parse",
    "profiles.stages.drop_duplicates",
    "profiles.stages.gate_on_consent",
    "profiles.stages.resolve_identity",
    "profiles.stages.store_events",
    "profiles.stages.derive_attributes",
    "segments.stages.evaluate_live",
    "recommendations.stages.observe",
)
"""Stages may be put between these; none of these may be missing or change places."""
HOLDER_ORDER = ("recommendations", "segments", "profiles", "consent")
"""Erasure goes from the roof down: an app forgets before the one it refers to."""
HOLDER_METHODS = ("find", "cluster", "count", "export", "erase", "verify")

DEMO_PASSWORD = "demo"  # noqa: S105
DEMO_STAFF = ("admin", "marketer", "analyst", "privacy")
DEMO_WRITE_KEY, DEMO_API_KEY = "demo-write-key", "demo-api-key"


@register()
def stages_fit(**_: Any) -> Sequence[CheckMessage]:
    """``EVENT_STAGES`` names functions of one batch, in the order the path needs."""
    found = list(_unresolved("EVENT_STAGES"))
    for path, stage in _resolved("EVENT_STAGES"):
        if not callable(stage) or not _takes(stage, 1):
            found.append(Error(f"EVENT_STAGES: {path} must take one batch.", id="cdp.E002"))
    if tuple(path for path in settings.EVENT_STAGES if path in STAGE_ORDER) != STAGE_ORDER:
        hint = "Keep this order: " + ", ".join(STAGE_ORDER)
        found.append(Error("EVENT_STAGES lacks a stage or changed order.", hint, id="cdp.E003"))
    return found


@register()
def holders_fit(**_: Any) -> Sequence[CheckMessage]:
    """``SUBJECT_DATA`` names classes that can answer every privacy request, from the roof down."""
    found = list(_unresolved("SUBJECT_DATA"))
    for path, holder in _resolved("SUBJECT_DATA"):
        missing = [name for name in HOLDER_METHODS if not callable(getattr(holder, name, None))]
        if missing or not hasattr(holder, "name"):
            lacks = ", ".join(missing) or "name"
            found.append(Error(f"SUBJECT_DATA: {path} lacks {lacks}.", id="cdp.E004"))
    apps = [path.split(".", 1)[0] for path in settings.SUBJECT_DATA]
    if [app for app in apps if app in HOLDER_ORDER] != list(HOLDER_ORDER):
        hint = "Keep this order: " + ", ".join(HOLDER_ORDER)
        found.append(Error("SUBJECT_DATA lacks a holder or changed order.", hint, id="cdp.E005"))
    return found


@register(Tags.database)
def database_is_safe(databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """What a 200 rests on: durable commits, and a connection for everyone."""
    if "default" not in (databases or ()):
        return []
    faults = [*durability_faults(), *connection_faults()]
    return [Error(fault, id="cdp.E006") for fault in faults]


@register(Tags.database)
def nothing_of_the_demo(databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """Demonstration keys and passwords do not exist outside demo mode."""
    if "default" not in (databases or ()):
        return []
    try:
        return [Error(part, id="cdp.E007") for part in forbidden_demo_parts()]
    except DatabaseError:
        return []  # before the first migration there is nothing to find


def durability_faults() -> list[str]:
    """Settings under which an acknowledged event could be lost. Kills of processes cannot show
    this, only reading the settings can. Tests switch the rule off."""
    if not settings.REQUIRE_DURABLE_DATABASE:
        return []
    query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
    names = ["fsync", "full_page_writes", "synchronous_commit"]
    return [
        f"PostgreSQL runs with {name} = {value}, so an acknowledged event can be lost: "
        f"set {name} to on."
        for name, value in sql.rows(query, [names])
        if value == "off"
    ]


def connection_faults() -> list[str]:
    """Every web thread, digest and task holds one connection; ten are left for people."""
    web = settings.WEB_CONCURRENCY * settings.WEB_THREADS
    needed = web + 2 * settings.DIGESTS + settings.CELERY_WORKER_CONCURRENCY + 2 + 10
    query = "SELECT setting::int FROM pg_settings WHERE name = 'max_connections'"
    ((allowed,),) = sql.rows(query)
    if needed <= allowed:
        return []
    return [
        f"PostgreSQL allows {allowed} connections, the processes may need {needed}: raise "
        "max_connections, or lower WEB_CONCURRENCY or WEB_THREADS."
    ]


def forbidden_demo_parts() -> tuple[str, ...]:
    """Demonstration keys and passwords found where they must not be. Once none are found a process
    stops looking: checking a password costs a quarter of a second by design."""
    if settings.DEMO or "clean" in _known:
        return ()
    found = _demo_parts()
    if not found:
        _known.add("clean")
    return found


_known: set[str] = set()


def _demo_parts() -> tuple[str, ...]:
    found = []
    if profiles.source_by_key(DEMO_WRITE_KEY):
        found.append("A source has the demonstration's write key: give it another or disable it.")
    if consent.find_key(DEMO_API_KEY):
        found.append("The demonstration's API key exists: revoke it.")
    for user in get_user_model().objects.filter(username__in=DEMO_STAFF, is_active=True):
        if user.check_password(DEMO_PASSWORD):
            found.append(
                f"'{user.get_username()}' has the demonstration's password: "
                f"run 'manage.py changepassword {user.get_username()}'."
            )
    return tuple(found)


def _unresolved(setting: str) -> Iterator[CheckMessage]:
    for path in getattr(settings, setting):
        try:
            import_string(path)
        except ImportError as failure:
            yield Error(f"{setting} names {path}: {failure}", id="cdp.E001")


def _resolved(setting: str) -> Iterator[tuple[str, Any]]:
    for path in getattr(settings, setting):
        try:
            yield path, import_string(path)
        except ImportError:
            continue


def _takes(function: Callable[..., Any], number: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * number)
    except TypeError:
        return False
    return True
