"""Purposes and the words people read, in the console."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from consent.ledger.models import Notice, Purpose
from consent.ledger.purposes import forget_purposes


@admin.register(Purpose)
class PurposeAdmin(ModelAdmin):
    """What data may be used for. Slug and bit are in every stored event, so they never change."""

    list_display = ("title", "slug", "basis", "retention_days")
    fields = ("slug", "bit", "basis", "title", "description", "retention_days")
    ordering = ("bit",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Fixed once made."""
        return ("slug", "bit") if obj else ()

    def save_model(self, request: HttpRequest, obj: Purpose, form: Any, change: bool) -> None:
        """Save, and let this process know at once."""
        super().save_model(request, obj, form, change)
        forget_purposes()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Events and ledger lines refer to it for ever."""
        return False


@admin.register(Notice)
class NoticeAdmin(ModelAdmin):
    """Wordings as published. A new wording is a new version."""

    list_display = ("version", "purpose", "published_at")
    list_filter = ("version",)
    fields = ("version", "purpose", "text", "published_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What people were shown is not rewritten."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Records refer to it."""
        return False
