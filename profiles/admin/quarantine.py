"""Messages nobody could read, grouped by what is wrong with them."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from profiles.events import quarantine
from profiles.events.models import Quarantined

MOST_GROUPS = 20


@admin.register(Quarantined)
class QuarantinedAdmin(ModelAdmin):
    """The list is grouped by code and field; a message opens to those who may see personal data."""

    list_display = ("received_at", "source", "code", "field", "message")
    list_display_links = ("received_at", "code")
    list_filter = ("source", "code")
    list_select_related = ("source",)
    list_before_template = "admin/profiles/quarantine_groups.html"
    list_per_page = 25
    show_full_result_count = False
    ordering = ("-received_at",)
    fields = ("received_at", "source", "code", "field", "message")
    readonly_fields = fields
    change_form_after_template = "admin/profiles/quarantined_body.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Messages come here by themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Quarantined | None = None) -> bool:
        """They are kept as they came."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list below the groups."""
        groups = (
            Quarantined.objects.values("code", "field", "source__name")
            .annotate(number=Count("pk"), last=Max("received_at"))
            .order_by("-number")[:MOST_GROUPS]
        )
        answer: HttpResponse = super().changelist_view(
            request, (extra_context or {}) | {"groups": groups, "title": "Quarantine"}
        )
        return answer

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One message. Its body is opened, and the opening logged, only for those who may."""
        extra: dict[str, Any] = {"body": None}
        row = Quarantined.objects.filter(pk=object_id).first()
        if row is not None and request.user.has_perm("profiles.unmask_profile"):
            extra["body"] = _readable(quarantine.unseal(row))
            self.log_change(request, row, "Saw the message in clear.")
        answer: HttpResponse = super().change_view(
            request, object_id, form_url, (extra_context or {}) | extra
        )
        return answer


def _readable(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "replace")
