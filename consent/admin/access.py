"""API keys in the console: made once, shown once, ended at any time."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from cdp.lib import clock
from consent.access import keys
from consent.access.models import ApiKey


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A name, what the key opens, and when it ends."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in keys.SCOPES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What the key may read; with :write, also change.",
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes", "expires_at"]


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """Keys by their first characters. The secret appears once, when a key is made."""

    form = ApiKeyForm
    list_display = ("name", "start", "opens", "created_at", "expires_at", "state")
    search_fields = ("name", "prefix")
    ordering = ("-created_at",)
    change_form_before_template = "admin/consent/key.html"
    change_form_outer_after_template = "admin/consent/revoke.html"

    @display(description="Key")  # type: ignore[untyped-decorator]
    def start(self, key: ApiKey) -> str:
        """The key's first characters."""
        return f"{key.prefix}…"

    @display(description="Opens")  # type: ignore[untyped-decorator]
    def opens(self, key: ApiKey) -> str:
        """Its scopes."""
        return ", ".join(key.scopes)

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"Good": "success", "Ended": "warning", "Revoked": "danger"}
    )
    def state(self, key: ApiKey) -> str:
        """Whether it still opens anything."""
        if key.revoked_at:
            return "Revoked"
        return "Ended" if key.expires_at and key.expires_at <= clock.now() else "Good"

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """A key is revoked, not deleted: its name stays readable in what it did."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Adds revoking."""
        view = self.admin_site.admin_view(require_POST(self.revoke_view))
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:key_id>/revoke/", view, name="consent_apikey_revoke"), *urls]

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Save; a new key shows its secret, this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        made, secret = keys.issue(name=obj.name, scopes=obj.scopes, expires_at=obj.expires_at)
        obj.pk, obj.prefix, obj.created_at = made.pk, made.prefix, made.created_at
        text = "Key of {}: <code>{}</code>. Copy it now: only its fingerprint is kept."
        messages.success(request, format_html(text, obj.name, secret))

    def revoke_view(self, request: HttpRequest, key_id: int) -> HttpResponse:
        """End a key at once and for good."""
        key = get_object_or_404(ApiKey, pk=key_id)
        if not self.has_change_permission(request, key):
            raise PermissionDenied
        keys.revoke(key)
        self.log_change(request, key, "Revoked.")
        messages.success(request, f"{key.name} opens nothing any more.")
        return redirect("admin:consent_apikey_changelist")
