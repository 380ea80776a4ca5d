"""Segments in the console."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from cdp.lib.errors import Problem
from profiles import api as profiles
from segments.admin import access, builder, reading
from segments.models import Segment
from segments.rules import membership, people, versions
from segments.rules.comparison import RuleFault
from segments.rules.parse import parse
from segments.rules.sentence import sentence

TEMPLATES = "admin/segments/segment"


@admin.register(Segment)
class SegmentAdmin(ModelAdmin):
    """List, builder, reading page, sharing. Editing asks for a permission on the very segment."""

    search_fields = ["name", "slug"]
    list_filter = ["state", "purpose"]
    list_display_links = ["name"]
    list_per_page = 25
    ordering = ["name"]
    actions = None

    # --- Who may what -----------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        if obj is None:
            return access.has_any(request.user)
        return access.may_view(request.user, obj)

    def has_change_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return obj is not None and access.may_edit(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        """Segments go to the archive: who was in them must stay answerable."""
        return False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Segment]":
        rows = super().get_queryset(request).select_related("current", "owner")
        return access.viewable(request.user, rows)

    # --- List -------------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        fields = SimpleLazyObject(lambda: profiles.surface().fields)
        names = SimpleLazyObject(people.names)
        mine = SimpleLazyObject(lambda: access.editable(request.user))
        newest = SimpleLazyObject(_newest_rules)

        @admin.display(description="Who is in it")
        def who(segment: Segment) -> str:
            rule = segment.current.rule if segment.current else newest.get(segment.pk)
            try:
                return sentence(parse(rule, fields), fields, names)  # type: ignore[arg-type]
            except RuleFault:
                return "The rule asks for something that is gone. Open and mend it."

        @admin.display(description="")
        def edit(segment: Segment) -> str:
            if segment.pk not in mine:
                return ""
            link = reverse("admin:segments_segment_change", args=[segment.pk])
            return format_html(
                '<a class="cc-link" href="{}">Edit<span class="sr-only"> {}</span></a>',
                link,
                segment,
            )

        return ["name", who, "counted", "standing", "owner", edit]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _Segments

    @admin.display(description="People", ordering="size")
    def counted(self, segment: Segment) -> str:
        return reading.counted(segment)

    @display(  # type: ignore[untyped-decorator]
        description="State",
        ordering="state",
        label={"Live": "success", "Needs mending": "danger", "Draft": "info"},
    )
    def standing(self, segment: Segment) -> str:
        return "Needs mending" if segment.fault else segment.get_state_display()

    # --- Pages ------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        def wrap(view: Callable[..., HttpResponse]) -> Any:
            return self.admin_site.admin_view(view)

        own = [
            path("<int:pk>/read/", wrap(self.read), name="segments_segment_read"),
            path(
                "<int:pk>/archive/",
                wrap(require_POST(self.archive)),
                name="segments_segment_archive",
            ),
            path("<int:pk>/share/", wrap(require_POST(self.share)), name="segments_segment_share"),
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The builder for a new segment."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._builder(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The builder for a segment that is there."""
        segment = self._segment(object_id)
        if not access.may_edit(request.user, segment):
            raise PermissionDenied
        return self._builder(request, segment)

    def read(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who is in a segment, who joined and left, and why a person is or is not in it."""
        segment = self._segment(pk)
        if not access.may_view(request.user, segment):
            raise PermissionDenied
        context = reading.context(request, segment) | {
            "may_edit": access.may_edit(request.user, segment),
        }
        return self._page(request, "read.html", segment.name, segment, context)

    def archive(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a segment out of use."""
        segment = self._editable(request, pk)
        try:
            versions.archive(segment)
            messages.success(request, f"“{segment.name}” is archived. Everybody has left it.")
        except Problem as problem:
            messages.error(request, problem.message)
        return HttpResponseRedirect(reverse("admin:segments_segment_read", args=[pk]))

    def share(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let a user or group see or edit a segment."""
        segment = self._editable(request, pk)
        kind, _, key = request.POST.get("whom", "").partition(":")
        level = request.POST.get("level", "")
        found = None
        if key.isdecimal() and level in {"view", "edit", "none"}:
            rows: Any = {
                "user": get_user_model().objects.filter(is_staff=True),
                "group": access.groups(),
            }.get(kind)
            found = rows.filter(pk=int(key)).first() if rows is not None else None
        if found is None:
            messages.error(request, "Choose whom to share with, and how.")
        else:
            access.share(segment, found, level)
            messages.success(request, f"Saved for {found}.")
        return HttpResponseRedirect(reverse("admin:segments_segment_change", args=[pk]))

    # --- Parts ------------------------------------------------------------------------------------

    def _builder(self, request: HttpRequest, segment: Segment | None) -> HttpResponse:
        if request.method != "POST":
            page = builder.opened(request, segment)
            if page.draft["parts"]:
                page.look()
            return self._draw(request, page)
        page = builder.sent(request, segment)
        wanted = request.POST.get("do", "")
        if wanted in {"save", "publish"}:
            saved = self._save(request, page, publish=wanted == "publish")
            if saved:
                link = reverse("admin:segments_segment_change", args=[saved.pk])
                if wanted == "publish":
                    link = reverse("admin:segments_segment_read", args=[saved.pk])
                if request.headers.get("HX-Request"):
                    return HttpResponse(headers={"HX-Redirect": link})
                return HttpResponseRedirect(link)
        elif page.draft["parts"]:
            page.look()
        return self._draw(request, page)

    def _save(self, request: HttpRequest, page: builder.Page, *, publish: bool) -> Segment | None:
        author = request.user.get_username()
        try:
            segment = page.segment or versions.create(
                name=page.name,
                rule=page.rule,
                author=author,
                owner_id=request.user.pk,
                description=page.description,
                purpose=page.purpose,
            )
            versions.describe(
                segment, name=page.name, description=page.description, purpose=page.purpose
            )
            version = versions.reword(segment, rule=page.rule, author=author)
            if publish:
                versions.publish(segment, version)
        except Problem as problem:
            page.faults = problem.errors or [
                {"field": "", "code": problem.code, "message": problem.message}
            ]
            return None
        if publish:
            membership.recompute([segment.slug])
        messages.success(request, f"“{segment.name}” is {'live' if publish else 'saved'}.")
        return segment

    def _draw(self, request: HttpRequest, page: builder.Page) -> HttpResponse:
        context = page.context() | {
            "people_page": has_people_page(),
            "saving": request.POST.get("do") in {"save", "publish"},
        }
        if request.headers.get("HX-Request"):
            return TemplateResponse(request, f"{TEMPLATES}/changed.html", context)
        segment = page.segment
        if segment:
            staff = get_user_model().objects.filter(is_staff=True).order_by("username")
            context |= {
                "shares": access.shares(segment),
                "share_users": staff,
                "share_groups": access.groups(),
                "versions": reading.versions_of(segment, page.fields),
            }
        title = f"Edit {segment.name}" if segment else "New segment"
        return self._page(request, "build.html", title, segment, context)

    def _page(
        self,
        request: HttpRequest,
        template: str,
        title: str,
        segment: Segment | None,
        context: dict[str, Any],
    ) -> HttpResponse:
        return TemplateResponse(
            request,
            f"{TEMPLATES}/{template}",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": title,
                "segment": segment,
                "object": segment,
                "people_page": has_people_page(),
                **context,
            },
        )

    def _segment(self, pk: int | str) -> Segment:
        if isinstance(pk, str) and not pk.isdecimal():
            raise Http404
        rows = Segment.objects.select_related("current", "owner")
        return get_object_or_404(rows, pk=pk)

    def _editable(self, request: HttpRequest, pk: int) -> Segment:
        segment = self._segment(pk)
        if not access.may_edit(request.user, segment):
            raise PermissionDenied
        return segment


class _Segments(ChangeList):
    """The list, whose lines open the reading page: more people may read than edit."""

    def url_for_result(self, result: Segment) -> str:
        return reverse("admin:segments_segment_read", args=[result.pk])


def has_people_page() -> bool:
    """Whether the console shows persons, so that ids can be links."""
    try:
        reverse("admin:person", args=[UUID(int=0)])
    except NoReverseMatch:
        return False
    return True


def _newest_rules() -> dict[int, Any]:
    """The newest rule of each segment that has none in force."""
    rows = Segment.objects.filter(current__isnull=True).values_list("pk", "versions__rule")
    return dict(rows.order_by("pk", "versions__number"))
