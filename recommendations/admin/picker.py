"""Choosing products for a rule: find them by name or id, put them in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q

from recommendations.catalog.models import Item

FOUND = 8
"""Products offered for one search."""
MOST = 100
"""Products one rule may list."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the picker shows it. ``trouble`` says why it cannot be shown to shoppers."""

    item_id: str
    name: str
    picture: str
    trouble: str


class Products(forms.Field):
    """The ids of products, in order: one hidden field each."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[str]:
        """The ids without repeats. Raises ValidationError for what cannot be an id."""
        given = list(dict.fromkeys(part.strip() for part in value or [] if part.strip()))
        if len(given) > MOST:
            raise forms.ValidationError(f"Choose at most {MOST} products.")
        if any("\0" in item_id or len(item_id) > 200 for item_id in given):
            raise forms.ValidationError("Choose products from the search.")
        return given


def find(term: str, chosen: Sequence[str] = ()) -> list[Product]:
    """Products on the shelf whose name or id has this part, by name, without the chosen ones."""
    wanted = term.replace("\0", "").strip()
    if not wanted:
        return []
    living = Item.objects.filter(deleted_at__isnull=True).exclude(item_id__in=list(chosen))
    named = living.filter(Q(name__icontains=wanted) | Q(item_id__icontains=wanted))
    return [_product(item.item_id, item) for item in named.order_by("name", "item_id")[:FOUND]]


def shown(item_ids: Sequence[str]) -> list[Product]:
    """These products, in this order; unknown ones by their id alone."""
    clean = [item_id for item_id in item_ids if "\0" not in item_id]
    known = {item.item_id: item for item in Item.objects.filter(item_id__in=clean)}
    return [_product(item_id, known.get(item_id)) for item_id in clean]


def act(chosen: Sequence[str], command: str) -> list[str]:
    """The list after a button's command: ``add:ID``, ``remove:ID``, ``up:ID`` or ``down:ID``."""
    verb, _, item_id = command.partition(":")
    items = [each for each in dict.fromkeys(chosen) if each.strip()]
    if verb == "add" and item_id and item_id not in items:
        return [*items, item_id]
    if item_id not in items:
        return items
    place = items.index(item_id)
    if verb == "remove":
        del items[place]
    other = place + {"up": -1, "down": 1}.get(verb, 0)
    if verb in {"up", "down"} and 0 <= other < len(items):
        items[place], items[other] = items[other], items[place]
    return items


def _product(item_id: str, item: Item | None) -> Product:
    if item is None or item.deleted_at:
        return Product(item_id, item.name if item else "", "", "not in the catalogue")
    # Pictures of other hosts are refused by the policy of the console.
    own = item.image_url.startswith("/") and not item.image_url.startswith("//")
    trouble = "" if item.in_stock else "out of stock"
    return Product(item_id, item.name, item.image_url if own else "", trouble)
