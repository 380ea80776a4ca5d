"""Privacy requests in the console: the queue by due date, one request, approving and refusing
it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from cdp.lib import clock
from cdp.lib.errors import Problem
from cdp.lib.masks import mask
from consent import tasks
from consent.requests import ask, receipts
from consent.requests.deadline import in_words
from consent.requests.holders import cluster_of, holders, widen
from consent.requests.models import Receipt, Request

VERIFIED = [Request.State.CONFIRMED, Request.State.APPROVED, Request.State.RUNNING]


class Queue(admin.SimpleListFilter):
    """Open and confirmed unless asked otherwise: what nobody confirmed needs nobody's time."""

    title = "which"
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unconfirmed", "Not confirmed yet"), ("ended", "Ended"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": "Open",
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Request]) -> QuerySet[Request]:
        states = {
            "unconfirmed": [Request.State.RECEIVED],
            "ended": [Request.State.DONE, Request.State.DENIED],
            "all": list(Request.State),
        }
        wanted = states.get(self.value() or "", [*VERIFIED, Request.State.FAILED])
        return queryset.filter(state__in=wanted)


@admin.register(Request)
class RequestAdmin(ModelAdmin):
    """The queue, due first."""

    list_display = ("reference", "kind", "status", "left", "due_on", "received_at", "channel")
    list_filter = (Queue, "kind")
    search_fields = ("reference",)
    search_help_text = "A reference such as R-7F3K2Q9A."
    ordering = ("due_on", "received_at")

    @display(  # type: ignore[untyped-decorator]
        description="State",
        label={
            "Waiting for approval": "warning",
            "Stopped": "danger",
            "Done": "success",
            "Running": "info",
        },
    )
    def status(self, row: Request) -> str:
        """The state in words."""
        return str(row.get_state_display())

    @display(description="Time left")  # type: ignore[untyped-decorator]
    def left(self, row: Request) -> str:
        """Days until it is due, while it is open."""
        return in_words(row.due_on, clock.now().date()) if row.state in Request.OPEN else "ended"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Requests come from the privacy centre and the API."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A request is its own proof."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Adds approving, refusing and the receipt's file."""
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/approve/", wrap(require_POST(self.approve)), name="privacy_approve"),
            path("<uuid:pk>/deny/", wrap(require_POST(self.deny)), name="privacy_deny"),
            path("<uuid:pk>/receipt/", wrap(require_GET(self.receipt)), name="privacy_receipt"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return [*own, *urls]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One request: who asks and how that was shown, what is held, what was done, the proof."""
        row = self.get_object(request, object_id)
        if row is None:
            return redirect("admin:consent_request_changelist")
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        may_decide = row.state in {Request.State.CONFIRMED, Request.State.FAILED}
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(row),
            "row": row,
            "who": mask(ask.contact(row)) or "removed when the request ended",
            "left": self.left(row),
            "held": _held(row) if may_decide else [],
            "steps": [_told(step) for step in row.steps.all()],
            "receipt": Receipt.objects.filter(request=row).first(),
            "may_decide": may_decide and self.has_change_permission(request, row),
            "may_deny": row.state == Request.State.CONFIRMED,
        }
        return TemplateResponse(request, "admin/consent/request.html", page)

    def approve(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Let it run."""
        row = self._decidable(request, pk)
        try:
            ask.approve(row.pk, by=request.user, reason=request.POST.get("reason", "")[:500])
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            tasks.start(row.pk)
            self.log_change(request, row, "Approved.")
            messages.success(request, f"{row.reference} is approved and runs now.")
        return redirect("admin:consent_request_change", pk)

    def deny(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Refuse it, with a reason the person is told."""
        row = self._decidable(request, pk)
        try:
            ask.deny(row.pk, by=request.user, reason=request.POST.get("reason", "")[:500])
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            self.log_change(request, row, "Refused.")
            messages.success(request, f"{row.reference} is refused; the person is told why.")
        return redirect("admin:consent_request_change", pk)

    def receipt(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The signed receipt as a file."""
        found = get_object_or_404(Receipt.objects.select_related("request"), request=pk)
        if not self.has_view_permission(request, found.request):
            raise PermissionDenied
        name = f"receipt-{found.request.reference}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return JsonResponse(receipts.document(found), headers=headers)

    def _decidable(self, request: HttpRequest, pk: UUID) -> Request:
        row = get_object_or_404(Request, pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row


def _held(row: Request) -> list[tuple[str, str]]:
    """What each holder has of this person at the moment."""
    subjects = widen(frozenset(row.subjects)) or cluster_of(
        row.identifier_kind, ask.contact(row) or ""
    )
    return [(holder.name, _rows(holder.count(subjects))) for holder in holders()]


def _told(step: Any) -> dict[str, Any]:
    return {
        "holder": step.holder,
        "state": step.get_state_display(),
        "rows": _rows(step.rows),
        "kept": list(step.kept.items()),
        "finished_at": step.finished_at,
    }


def _rows(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{table}: {count:,}" for table, count in rows.items() if count) or "nothing"
