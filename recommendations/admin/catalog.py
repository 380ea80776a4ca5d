"""The catalogue in the console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from recommendations.admin.override_form import CategoryPath, Lines
from recommendations.catalog.models import Item


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """Paths and tags as people write them."""

    category = CategoryPath(
        required=False, widget=UnfoldAdminTextInputWidget(), help_text="Home > Kitchen"
    )
    tags = Lines(
        required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), help_text="One a line."
    )

    class Meta:
        model = Item
        fields = [
            "item_id",
            "name",
            "category",
            "brand",
            "price",
            "currency",
            "image_url",
            "url",
            "tags",
            "in_stock",
            "available_from",
            "available_until",
            "extra",
        ]
        widgets = {
            name: UnfoldAdminTextInputWidget()
            for name in ("item_id", "name", "brand", "currency", "image_url", "url")
        }


@admin.register(Item)
class ItemAdmin(ModelAdmin):
    """Products on the shelf. Deleting takes one off; the row stays for old orders."""

    form = ItemForm
    list_display = ["item_id", "name", "path", "brand", "costs", "in_stock", "origin"]
    list_filter = ["in_stock", "learned"]
    search_fields = ["item_id", "name", "brand"]
    list_per_page = 25
    show_full_result_count = False
    ordering = ["-id"]

    @admin.display(description="Category")
    def path(self, item: Item) -> str:
        """The category as a path."""
        return " > ".join(item.category)

    @admin.display(description="Price", ordering="price")
    def costs(self, item: Item) -> str:
        """With two decimals and the currency."""
        return "" if item.price is None else f"{item.price:,.2f} {item.currency}"

    @admin.display(description="Told by", ordering="learned")
    def origin(self, item: Item) -> str:
        """Whether the shop gave it, or it was only seen in events."""
        return "Events" if item.learned else "Shop"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        """What was taken off is not listed."""
        return super().get_queryset(request).filter(deleted_at__isnull=True)  # type: ignore[no-any-return]

    def get_readonly_fields(self, request: HttpRequest, obj: Item | None = None) -> list[str]:
        """The id is what events refer to: fixed once given."""
        return ["item_id"] if obj else []

    def save_model(self, request: HttpRequest, obj: Item, form: Any, change: bool) -> None:
        """What a person edits counts as given by the shop."""
        obj.learned = False
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Item) -> None:
        """Take it off the shelf."""
        self.delete_queryset(request, Item.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> None:
        """Take them off the shelf."""
        queryset.update(deleted_at=Now())
