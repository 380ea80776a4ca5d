"""Rules in the console: list, form with a preview, who may change which."""

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
from recommendations.admin.override_form import OverrideForm, PreviewForm
from recommendations.overrides.live import as_rule
from recommendations.overrides.models import Override
from recommendations.serving import preview as previews

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
        posted = request.POST if request.method == "POST" else None
        form = OverrideForm(posted, instance=override)
        asking = PreviewForm(posted)
        shown = None
        if posted is not None and form.is_valid() and asking.is_valid():
            if posted.get("do") in Override.State.values:
                return self._save(request, form, posted["do"])
            shown = _preview(form.save(commit=False), asking)
        context = {
            **self.admin_site.each_context(request),
            "title": override.name if override.pk else "New rule",
            "opts": self.opts,
            "form": form,
            "asking": asking,
            "preview": shown,
            "override": override,
            "may_write": may_write,
        }
        return TemplateResponse(request, "admin/recommendations/override_form.html", context)

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


def _preview(override: Override, asking: PreviewForm) -> previews.Preview:
    profile_id, segment_id, placement, at = asking.asked()
    person, note = previews.who(profile_id, segment_id)
    return previews.preview(as_rule(override), person, note, placement=placement, at=at)
