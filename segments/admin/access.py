"""Who may see and change which segment: its owner, superusers, and whom it was shared with."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.auth.models import User as Staff
from django.db.models import Q, QuerySet
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import assign_perm, get_objects_for_user, remove_perm

from segments.models import (
    Segment,
    SegmentGroupObjectPermission,
    SegmentUserObjectPermission,
)

User = Staff | AnonymousUser
VIEW, CHANGE = "view_segment", "change_segment"


def may_edit(user: User, segment: Segment) -> bool:
    """The general permission to change segments is not enough: a segment steers what people get, so
    its owner decides who else may touch it."""
    if not user.is_active:
        return False
    if user.is_superuser or (segment.owner_id is not None and segment.owner_id == user.pk):
        return True
    return _granted(user, CHANGE, segment)


def may_view(user: User, segment: Segment) -> bool:
    """Whoever may see all segments, edit this one, or was given a look at it."""
    if user.has_perm("segments.view_segment") or may_edit(user, segment):
        return True
    return _granted(user, VIEW, segment)


def viewable(user: User, rows: "QuerySet[Segment]") -> "QuerySet[Segment]":
    """Those of ``rows`` that the user may see."""
    if user.has_perm("segments.view_segment"):
        return rows
    shared = get_objects_for_user(
        user,
        [f"segments.{VIEW}", f"segments.{CHANGE}"],
        klass=Segment,
        any_perm=True,
        accept_global_perms=False,
    )
    return rows.filter(Q(owner_id=user.pk) | Q(pk__in=shared.values("pk")))


def editable(user: User) -> set[int]:
    """The ids of all segments the user may edit, in two queries."""
    if user.is_superuser:
        return set(Segment.objects.values_list("pk", flat=True))
    own = Segment.objects.filter(owner_id=user.pk).values_list("pk", flat=True)
    shared = get_objects_for_user(
        user, f"segments.{CHANGE}", klass=Segment, accept_global_perms=False
    )
    return {*own, *shared.values_list("pk", flat=True)}


def has_any(user: User) -> bool:
    """Whether the user may see at least one segment: what opens the section for them."""
    return user.has_perm("segments.view_segment") or viewable(user, Segment.objects.all()).exists()


def share(segment: Segment, whom: Any, level: str) -> None:
    """Let a user or group ``view`` or ``edit`` a segment, or take it back with ``none``."""
    for name, levels in ((VIEW, {"view", "edit"}), (CHANGE, {"edit"})):
        (assign_perm if level in levels else remove_perm)(f"segments.{name}", whom, segment)


def shares(segment: Segment) -> list[tuple[str, str, str]]:
    """With whom a segment is shared: kind and id, name, level."""
    found: dict[tuple[str, str], str] = {}
    users = SegmentUserObjectPermission.objects.filter(content_object=segment)
    for row in users.select_related("user", "permission"):
        key = (f"user:{row.user_id}", str(row.user))
        found[key] = "edit" if row.permission.codename == CHANGE else found.get(key, "view")
    groups = SegmentGroupObjectPermission.objects.filter(content_object=segment)
    for grant in groups.select_related("group", "permission"):
        key = (f"group:{grant.group_id}", str(grant.group))
        found[key] = "edit" if grant.permission.codename == CHANGE else found.get(key, "view")
    return [(key, name, level) for (key, name), level in sorted(found.items())]


def _granted(user: User, permission: str, segment: Segment) -> bool:
    if isinstance(user, AnonymousUser):
        return False
    return bool(ObjectPermissionChecker(user).has_perm(permission, segment))


def groups() -> "QuerySet[Group]":
    """Groups one may share with."""
    return Group.objects.order_by("name")
