"""The catalogue in the memory of a serving process."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdp.lib import sql
from recommendations.data import Item

SERVICE = "service"
"""The category of postage, fees and the like, as imports mark them."""

COLUMNS = (
    "item_id, name, category, brand, price, currency, image_url, url, in_stock, tags, extra, "
    "available_from, available_until, deleted_at IS NOT NULL"
)

NEWER = """
changed >= pg_snapshot_xmin(%(seen)s::pg_snapshot)::text::bigint
AND changed < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
AND NOT pg_visible_in_snapshot(changed::text::xid8, %(seen)s::pg_snapshot)
"""
"""Rows that became visible after the snapshot ``seen``, however late their transaction committed.
The upper bound keeps rows of a restored database, whose ids come from another server, from looking
new for ever."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """An item ready to be shown: its data, its card as JSON values, its words for the search."""

    item: Item
    card: Mapping[str, Any]
    words: str
    ready: bool
    """Nothing stands against it, at any time: the usual case, told without a call."""

    def obstacle(self, at: datetime) -> str:
        """Why it cannot be sold at this moment; empty where it can."""
        if self.ready:
            return ""
        item = self.item
        if is_service(item.category):
            return "a service, not a product"
        if not item.in_stock:
            return "out of stock"
        if item.available_from and at < item.available_from:
            return "not for sale yet"
        if item.available_until and at >= item.available_until:
            return "no longer for sale"
        return ""


Shelf = Mapping[str, Shelved]


def is_service(category: Sequence[str]) -> bool:
    """Whether this is what orders carry besides goods (postage, fees, vouchers): never
    suggested."""
    return bool(category) and category[0].casefold() == SERVICE


def load() -> Shelf:
    """Every item on the shelf, by id in the order of ids."""
    found = sql.rows(
        f"SELECT {COLUMNS} FROM recommendations_item WHERE deleted_at IS NULL "  # noqa: S608
        'ORDER BY item_id COLLATE "C"'
    )
    return dict(_shelved(row) for row in found)


def newer(seen: str) -> list[tuple[str, Shelved | None]]:
    """What changed since the snapshot ``seen``; None stands for an item that was taken away."""
    found = sql.rows(
        f"SELECT {COLUMNS} FROM recommendations_item WHERE {NEWER}",  # noqa: S608
        {"seen": seen},
    )
    return [(row[0], None if row[-1] else _shelved(row)[1]) for row in found]


def restock(shelf: Shelf, changes: Iterable[tuple[str, Shelved | None]]) -> Shelf:
    """A new shelf with these changes; the old one stays as it is for those who read it now."""
    stocked = dict(shelf)
    for item_id, shelved in changes:
        if shelved is None:
            stocked.pop(item_id, None)
        else:
            stocked[item_id] = shelved
    return stocked


def _shelved(row: tuple[Any, ...]) -> tuple[str, Shelved]:
    (item_id, name, category, brand, price, currency, image, url, stock, tags, extra, *rest) = row
    item = Item(
        item_id=item_id,
        name=name,
        category=tuple(category),
        brand=brand,
        price=price,
        currency=currency,
        image_url=image,
        url=url,
        in_stock=stock,
        tags=tuple(tags),
        extra=extra if isinstance(extra, dict) else {},
        available_from=rest[0],
        available_until=rest[1],
    )
    card = {
        "item_id": item_id,
        "name": name,
        "price": None if price is None else float(price),
        "currency": currency,
        "image_url": image,
        "url": url,
        "category": list(category),
        "brand": brand,
    }
    words = " ".join([name, brand, *category, *tags]).casefold()
    always = not (item.available_from or item.available_until)
    ready = item.in_stock and always and not is_service(item.category)
    return item_id, Shelved(item, card, words, ready)
