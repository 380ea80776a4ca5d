"""Sources: where events come from, and the keys they send with."""

import secrets

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from cdp.lib import crypto
from profiles.events import sources
from profiles.events.models import Source


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    """Sources with their write key's first characters. The key itself is shown once, when made."""

    list_display = ("name", "slug", "kind", "key", "trust_rank", "state")
    list_filter = ("kind", "enabled")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    fields = ("name", "slug", "kind", "trust_rank", "allowed_origins", "enabled")
    change_form_before_template = "admin/profiles/source_key.html"
    ordering = ("name",)

    @display(description="Write key")  # type: ignore[untyped-decorator]
    def key(self, obj: Source) -> str:
        """The key's first characters."""
        return f"{obj.key_prefix}…" if obj.key_prefix else "none"

    @display(description="State", label={"Receiving": "success", "Switched off": "danger"})  # type: ignore[untyped-decorator]
    def state(self, obj: Source) -> str:
        """Whether what it sends is taken."""
        return "Receiving" if obj.enabled else "Switched off"

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        """Events name their source for ever: a source is switched off, not deleted."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Adds the making of a new key."""
        view = self.admin_site.admin_view(require_POST(self.rotate_view))
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:source_id>/rotate/", view, name="profiles_source_rotate"), *urls]

    def save_model(self, request: HttpRequest, obj: Source, form: object, change: bool) -> None:
        """Save; a new source gets its key."""
        super().save_model(request, obj, form, change)
        sources.forget()
        if not change:
            self._give_key(request, obj)

    def rotate_view(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """A new key in the old one's place, at once."""
        source = get_object_or_404(Source, pk=source_id)
        if not self.has_change_permission(request, source):
            raise PermissionDenied
        self._give_key(request, source)
        self.log_change(request, source, "Made a new write key.")
        return redirect(reverse("admin:profiles_source_change", args=[source.pk]))

    def _give_key(self, request: HttpRequest, source: Source) -> None:
        secret = f"wk_{secrets.token_urlsafe(24)}"
        source.key_prefix = secret[:12]
        source.key_fingerprint = crypto.fingerprint(secret)
        source.save(update_fields=["key_prefix", "key_fingerprint"])
        sources.forget()
        messages.success(
            request,
            format_html(
                "Write key of {}: <code>{}</code>. Copy it now: only its fingerprint is kept. A "
                "key it replaces stops working within seconds.",
                source.name,
                secret,
            ),
        )
