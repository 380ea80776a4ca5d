"""The page of a person, and lifting its masks."""

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cdp.lib import crypto
from cdp.person.page import View, gather
from profiles import api as profiles

KINDS = (
    ("", "Everything"),
    ("purchase", "Orders"),
    ("refund", "Refunds"),
    ("view", "Products viewed"),
    ("add", "Put in the cart"),
    ("remove", "Taken from the cart"),
    ("search", "Searches"),
    ("page", "Pages"),
    ("identify", "Told who they are"),
    ("custom", "Other"),
)
SAW = "Saw personal data in clear."
REASON_TOO_SHORT = "Say in a few words why you need to see this person's data."


class Look(forms.Form):
    """What the address of the page says about how to look."""

    as_of = forms.DateField(required=False)
    before = forms.DateTimeField(required=False)
    kind = forms.ChoiceField(required=False, choices=KINDS)


@never_cache
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """Show one person. ``POST`` with a reason shows the page once without masks, and logs it."""
    if not request.user.has_perm("profiles.view_profile"):
        raise PermissionDenied
    survivor = profiles.canonical(profile_id)
    if survivor is None:
        raise Http404("No person has this id.")
    if survivor != profile_id:
        messages.info(request, "This person was merged: you see the profile that remained.")
        return redirect("admin:person", survivor)
    clear = request.method == "POST" and _reveal(request, profile_id)
    view = _view(request, clear)
    profile = profiles.profile(profile_id, as_of=view.as_of)
    if profile is None:
        raise Http404("No person has this id.")
    gathered = gather(profile, view)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        **gathered,
        "title": gathered["name"],
        "kinds": KINDS,
        "may_unmask": request.user.has_perm("profiles.unmask_profile"),
        "looks": _looks(profile_id) if request.user.has_perm("profiles.unmask_profile") else [],
        "refused": REASON_TOO_SHORT if request.method == "POST" and not clear else "",
    }
    return render(request, "admin/person/person.html", context)


def _view(request: HttpRequest, clear: bool) -> View:
    look = Look(request.GET)
    look.is_valid()
    day, before = look.cleaned_data.get("as_of"), look.cleaned_data.get("before")
    as_of = timezone.make_aware(datetime.combine(day, datetime.max.time())) if day else None
    return View(clear=clear, as_of=as_of, before=before, kind=look.cleaned_data.get("kind") or "")


def _reveal(request: HttpRequest, profile_id: UUID) -> bool:
    """Write down who looks at whom and why, before anything is shown."""
    if not request.user.has_perm("profiles.unmask_profile"):
        raise PermissionDenied
    reason = request.POST.get("reason", "").strip()[:200]
    if len(reason) < 5:
        return False
    LogEntry.objects.create(
        user_id=int(request.user.pk or 0),
        content_type=ContentType.objects.get(app_label="profiles", model="profile"),
        object_id=str(profile_id),
        object_repr=f"Person {str(profile_id)[:8]}",
        action_flag=CHANGE,
        change_message=f"{SAW} {_sealed(reason, profile_id)}",
    )
    return True


def _looks(profile_id: UUID) -> list[tuple[LogEntry, str]]:
    """The last looks at a person, each with its reason."""
    found = LogEntry.objects.filter(
        content_type__app_label="profiles",
        content_type__model="profile",
        object_id=str(profile_id),
    ).select_related("user")[:10]
    return [(one, _reason(one.change_message, profile_id)) for one in found]


def _sealed(reason: str, profile_id: UUID) -> str:
    """Staff's own words may name the person, so they lie sealed like everything that does."""
    return base64.b64encode(crypto.encrypt(reason.encode(), place=_place(profile_id))).decode()


def _reason(message: str, profile_id: UUID) -> str:
    token = message.removeprefix(SAW).strip()
    try:
        reason = crypto.decrypt(base64.b64decode(token), place=_place(profile_id)).decode()
    except (ValueError, crypto.Undecipherable):
        return "reason no longer readable"
    return f"saw personal data in clear: {reason}"


def _place(profile_id: UUID) -> bytes:
    return f"django_admin_log.change_message:{profile_id}".encode()
