"""The consent ledger in the console: read, search, never write."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display

from consent.ledger import fold
from consent.ledger.models import LedgerRecord


@admin.register(LedgerRecord)
class LedgerAdmin(ModelAdmin):
    """Lines of the ledger, newest first. Searching a subject id finds the lines of the whole
    person."""

    list_display = (
        "sequence",
        "subject",
        "purpose",
        "choice",
        "occurred_at",
        "evidence",
        "manner",
        "source",
        "notice_version",
    )
    list_filter = ("purpose", "granted", "evidence", "explicit")
    search_fields = ("subject_id",)
    search_help_text = "A whole subject id, as on a person's page."
    ordering = ("-sequence",)
    show_full_result_count = False
    list_per_page = 25

    @display(description="Subject")  # type: ignore[untyped-decorator]
    def subject(self, record: LedgerRecord) -> str:
        """The first characters, which lead to all lines of this person."""
        text = str(record.subject_id)
        return format_html('<a class="cc-link cc-mono" href="?q={}">{}</a>', text, text[:8])

    @display(description="Choice", label={"Allowed": "success", "Refused": "danger"})  # type: ignore[untyped-decorator]
    def choice(self, record: LedgerRecord) -> str:
        """Allowed or refused."""
        return "Allowed" if record.granted else "Refused"

    @display(description="How")  # type: ignore[untyped-decorator]
    def manner(self, record: LedgerRecord) -> str:
        """A deliberate choice, or a state that a client repeats."""
        return "Chosen" if record.explicit else "Repeated"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LedgerRecord], search_term: str
    ) -> tuple[QuerySet[LedgerRecord], bool]:
        """By whole subject id only: a search by parts would read the whole ledger."""
        if not search_term.strip():
            return queryset, False
        try:
            subject = UUID(search_term.strip())
        except ValueError:
            return queryset.none(), False
        return queryset.filter(subject_id__in=fold.persons([subject])[subject]), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Lines come from people's acts only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The database would refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The database would refuse."""
        return False
