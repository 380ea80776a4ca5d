"""What each role in the console may do, as groups, and the staff of a demonstration.

Roles are seeded after every migration (and after every flush of a test), so that a permission a new
table brings reaches the role that needs it. What an administrator adds to a role by hand stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User

_LOOK_AT_PEOPLE = ("profiles.view_profile", "profiles.view_definition")
_LOOK_AT_MARKETING = (
    "segments.view_segment",
    "segments.view_clusterrun",
    "recommendations.view_override",
    "recommendations.view_item",
)


def _change(*models: str) -> tuple[str, ...]:
    """Every permission on ``app.model``."""
    return tuple(
        f"{app}.{verb}_{model}"
        for app, model in (name.split(".") for name in models)
        for verb in ("view", "add", "change", "delete")
    )


ROLES: Mapping[str, Sequence[str]] = {
    "marketer": (
        *_LOOK_AT_PEOPLE,
        *_LOOK_AT_MARKETING,
        *_change("segments.segment", "recommendations.override", "recommendations.item"),
    ),
    "analyst": (*_LOOK_AT_PEOPLE, *_LOOK_AT_MARKETING),
    "privacy": (
        "profiles.view_profile",
        "profiles.unmask_profile",
        "consent.view_ledgerrecord",
        "consent.view_notice",
        "consent.add_notice",
        "consent.view_purpose",
        "consent.change_purpose",
        "consent.view_request",
        "consent.add_request",
        "consent.change_request",
    ),
    "engineer": (
        "recommendations.view_run",
        "profiles.view_quarantined",
        "profiles.delete_quarantined",
        *_change(
            "profiles.source",
            "profiles.definition",
            "consent.apikey",
            "django_celery_beat.periodictask",
            "django_celery_beat.crontabschedule",
            "django_celery_beat.intervalschedule",
        ),
    ),
}
"""By group name, the permissions it grants. ``profiles.unmask_profile`` lifts the masks on names
and addresses; every lifting asks for a reason and is logged."""


def seed_roles(**_: Any) -> None:
    """Receiver of ``post_migrate``: make the groups and grant them their permissions."""
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0)
    known = {
        f"{app}.{codename}": key
        for app, codename, key in Permission.objects.values_list(
            "content_type__app_label", "codename", "pk"
        )
    }
    for role, granted in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.add(*(known[name] for name in granted if name in known))


DEMO_STAFF: Mapping[str, Sequence[str]] = {
    "admin": (),
    "marketer": ("marketer",),
    "analyst": ("analyst",),
    "privacy": ("privacy",),
}
"""The users of a demonstration and their roles; ``admin`` may do everything."""


def demo_staff() -> None:
    """Make the users of a demonstration, password ``demo``. Refuses outside demo mode."""
    if not settings.DEMO:
        raise RuntimeError("demo_staff: these passwords are public; set CDP_DEMO=1 or do not call")
    for name, roles in DEMO_STAFF.items():
        user, created = User.objects.get_or_create(
            username=name,
            defaults={"first_name": name.title(), "is_staff": True, "is_superuser": not roles},
        )
        if created:
            user.set_password("demo")
            user.save(update_fields=["password"])
        user.groups.set(Group.objects.filter(name__in=roles))
