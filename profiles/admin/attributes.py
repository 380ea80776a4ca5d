"""What attributes there are."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from profiles.attributes.models import Definition


@admin.register(Definition)
class DefinitionAdmin(ModelAdmin):
    """Attributes by module: what feeds them, whether they are personal, whether they count towards
    completeness."""

    list_display = ("title", "slug", "module", "kind", "personal", "expected")
    list_filter = ("module", "kind", "personal", "expected")
    search_fields = ("title", "slug")
    ordering = ("module", "title")
    list_per_page = 25
    show_full_result_count = False
    compressed_fields = False
    readonly_fields = ()

    def get_readonly_fields(
        self, request: object, obj: Definition | None = None
    ) -> tuple[str, ...]:
        """What stored values depend on stays as it was made."""
        return ("slug", "kind", "personal") if obj else ()
