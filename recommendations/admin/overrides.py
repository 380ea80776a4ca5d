"""Rules in the console: list, form with a preview, who may change which."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from guardian.admin import GuardedModelAdminMixin
from guardian.shortcuts import assign_perm, get_objects_for_user
from unfold.admin import ModelAdmin

from cdp.lib import clock
from recommendations.admin import picker
from recommendations.admin.override_form import OverrideForm, PreviewForm, places
from recommendations.overrides.live import LiveRule, as_rule
from recommendations.overrides.models import Override
from recommendations.serving import preview as previews
from recommendations.serving.conflicts import conflicts

WRITE = ("change", "delete")


@admin.register(Override)
class OverrideAdmin(GuardedModelAdminMixin, ModelAdmin):
    """A marketer changes their own rules and those shared with them; sees all with the role's right
    to look."""

    list_display = ["name", "kind", "whom", "where", "schedule", "state", "enabled", "priority"]
    list_filter = ["kind", "state", "enabled"]
    search_fields = ["name"]
    list_select_related = ["segment"]
    list_per_page = 25

    @admin.display(description="For whom", ordering="segment__name")
    def whom(self, override: Override) -> str:
        """The segment it is for, or everyone."""
        return override.segment.name if override.segment else "Everyone"

    @admin.display(description="Placement")
    def where(self, override: Override) -> str:
        """Where it speaks, in words."""
        return ", ".join(override.placements) or "Everywhere"

    @admin.display(description="Schedule")
    def schedule(self, override: Override) -> str:
        """When it speaks, in words."""
        now = clock.now()
        if override.ends_at and override.ends_at <= now:
            return f"Ended {override.ends_at:%d %b %Y %H:%M}"
        if override.starts_at and override.starts_at > now:
            return f"Starts {override.starts_at:%d %b %Y %H:%M}"
        return f"Until {override.ends_at:%d %b %Y %H:%M}" if override.ends_at else "Always"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Override]:
        """All rules for whoever may look; else one's own and the shared ones."""
        found: QuerySet[Override] = ModelAdmin.get_queryset(self, request)
        if request.user.has_perm("recommendations.view_override"):
            return found
        shared: QuerySet[Override] = get_objects_for_user(
            request.user,
            ["recommendations.view_override", "recommendations.change_override"],
            any_perm=True,
            use_groups=True,
            accept_global_perms=False,
        )
        return found.filter(Q(owner=request.user) | Q(pk__in=shared))

    def has_view_permission(self, request: HttpRequest, obj: Override | None = None) -> bool:
        """By role, by ownership or by a share. Without a rule in question: whether there is one."""
        if super().has_view_permission(request) or _may(request, "view", obj):
            return True
        return obj is None and self.get_queryset(request).exists()

    def has_change_permission(self, request: HttpRequest, obj: Override | None = None) -> bool:
        """The role opens the page; the rule itself asks for ownership or a share."""
        return _may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Override | None = None) -> bool:
        """As for changing."""
        return _may(request, "delete", obj)

    def get_urls(self) -> list[URLPattern]:
        """Adding and changing are our own page, because of the preview."""
        wrap = self.admin_site.admin_view
        name = "recommendations_override"
        return [
            path("add/", wrap(self.edit), name=f"{name}_add"),
            path("products/", wrap(self.found_view), name=f"{name}_products"),
            path("<int:object_id>/change/", wrap(self.edit), name=f"{name}_change"),
            *super().get_urls(),  # type: ignore[no-untyped-call]
        ]

    def edit(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """The form. ``do`` says which button was pressed: preview, save a draft, publish."""
        override = self._find(request, object_id)
        may_write = (
            self.has_change_permission(request, override)
            if override.pk
            else self.has_add_permission(request)
        )
        if not may_write and request.method == "POST":
            raise PermissionDenied
        posted = request.POST.copy() if request.method == "POST" else None
        do = posted.get("do", "") if posted else ""
        if posted is not None:
            posted.setlist("item_ids", picker.act(posted.getlist("item_ids"), do))
        form = OverrideForm(posted, instance=override)
        chosen = _chosen(form, "placements")
        asking = PreviewForm(posted, places(chosen))
        extra: dict[str, Any] = {}
        if posted is not None and form.is_valid() and asking.is_valid():
            if do in Override.State.values:
                return self._save(request, form, do)
            rule = as_rule(form.save(commit=False))
            extra = {"preview": _preview(rule, asking), "conflicts": conflicts(rule)}
        context = {
            **self._page(request, override, form, may_write),
            "asking": asking,
            "chosen_places": chosen,
            "places": places(chosen),
            # A button of the picker is no attempt to be finished.
            "checked": ":" not in do and do != "find",
            **extra,
        }
        return TemplateResponse(request, "admin/recommendations/override_form.html", context)

    def _page(
        self, request: HttpRequest, override: Override, form: OverrideForm, may_write: bool
    ) -> dict[str, Any]:
        items = _chosen(form, "item_ids")
        verb, _, item_id = request.POST.get("do", "").partition(":")
        term = "" if verb == "add" else request.POST.get("find", "")[:100]
        return {
            "acted": verb,
            "acted_on": item_id,
            **self.admin_site.each_context(request),
            "title": override.name if override.pk else "New rule",
            "opts": self.opts,
            "form": form,
            "override": override,
            "may_write": may_write,
            "products": picker.shown(items),
            "term": term,
            "found": picker.find(term, items),
        }

    def found_view(self, request: HttpRequest) -> HttpResponse:
        """Products for a search, as a part of the form's page."""
        if not (self.has_view_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        term = request.GET.get("find", "")[:100]
        context = {"term": term, "found": picker.find(term)}
        return TemplateResponse(request, "admin/recommendations/found.html", context)

    def obj_perms_manage_view(self, request: HttpRequest, object_pk: str) -> HttpResponse:
        """With whom a rule is shared. Guardian asks for the role alone; here the rule is asked."""
        self._own(request, object_pk)
        answer: HttpResponse = super().obj_perms_manage_view(  # type: ignore[no-untyped-call]
            request, object_pk
        )
        return answer

    def obj_perms_manage_user_view(
        self, request: HttpRequest, object_pk: str, user_id: int
    ) -> HttpResponse:
        """What one user may do with a rule."""
        self._own(request, object_pk)
        answer: HttpResponse = super().obj_perms_manage_user_view(  # type: ignore[no-untyped-call]
            request, object_pk, user_id
        )
        return answer

    def obj_perms_manage_group_view(
        self, request: HttpRequest, object_pk: str, group_id: int
    ) -> HttpResponse:
        """What one role may do with a rule."""
        self._own(request, object_pk)
        answer: HttpResponse = super().obj_perms_manage_group_view(  # type: ignore[no-untyped-call]
            request, object_pk, group_id
        )
        return answer

    def _own(self, request: HttpRequest, object_pk: str) -> None:
        if not _may(request, "change", Override.objects.filter(pk=object_pk).first() or Override()):
            raise PermissionDenied

    def _find(self, request: HttpRequest, object_id: int | None) -> Override:
        if object_id is None:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return Override()
        found = Override.objects.filter(pk=object_id).first()
        if found is None:
            raise Http404
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    def _save(self, request: HttpRequest, form: OverrideForm, state: str) -> HttpResponse:
        new = form.instance.pk is None
        override: Override = form.save(commit=False)
        override.state = state
        if new:
            override.owner = request.user  # type: ignore[assignment]
        override.save()
        if new:
            for verb in ("view", *WRITE):
                assign_perm(f"recommendations.{verb}_override", request.user, override)
            self.log_addition(request, override, [{"added": {}}])
        else:
            self.log_change(request, override, form.changed_data)
        done = "published" if state == Override.State.PUBLISHED else "saved as a draft"
        messages.success(request, f"“{override.name}” is {done}.")
        return redirect(reverse("admin:recommendations_override_changelist"))


def _may(request: HttpRequest, verb: str, override: Override | None) -> bool:
    """Whether the user may do this to the rule: administrators, the owner, those it is shared with;
    a rule whose owner left is open to the role."""
    name = f"recommendations.{verb}_override"
    by_role = request.user.has_perm(name)
    if override is None:
        return by_role
    if request.user.is_superuser or request.user.has_perm(name, override):
        return True
    return by_role and override.pk is not None and override.owner_id in {None, request.user.pk}


def _preview(rule: LiveRule, asking: PreviewForm) -> previews.Preview:
    profile_id, segment_id, placement, at = asking.asked()
    person, note = previews.who(profile_id, segment_id)
    return previews.preview(rule, person, note, placement=placement, at=at)


def _chosen(form: OverrideForm, name: str) -> list[str]:
    """What a field of several texts holds now, typed or saved."""
    value = form[name].value() or []
    parts = value.split("\n" if "\n" in value else ",") if isinstance(value, str) else value
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))
