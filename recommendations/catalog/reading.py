"""Items out."""

from collections.abc import Collection, Mapping

from cdp.lib import sql
from recommendations.catalog.models import Item as Row
from recommendations.data import Item


def items(item_ids: Collection[str]) -> dict[str, Item]:
    """Items by id, deleted ones too (an old order still has a name); unknown ids are missing."""
    found = Row.objects.filter(item_id__in=list(item_ids))
    return {row.item_id: as_data(row) for row in found}


def browse(*, category: str | None = None, limit: int, offset: int = 0) -> list[Item]:
    """Items on the shelf, by name; ``category`` is any step of an item's path."""
    living = Row.objects.filter(deleted_at__isnull=True)
    if category is not None:
        living = living.filter(category__contains=[category])
    return [as_data(row) for row in living.order_by("name", "item_id")[offset : offset + limit]]


def categories() -> list[tuple[str, int]]:
    """The roots of all category paths with the number of items on the shelf, largest first."""
    return [
        (str(name), int(count))
        for name, count in sql.rows(
            "SELECT category[1], count(*) FROM recommendations_item WHERE deleted_at IS NULL "
            "AND category[1] IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        )
    ]


def totals() -> Mapping[str, int]:
    """How many items there are, how many were only learned from events, how many are sold out."""
    row = sql.rows(
        "SELECT count(*), count(*) FILTER (WHERE learned), count(*) FILTER (WHERE NOT in_stock) "
        "FROM recommendations_item WHERE deleted_at IS NULL"
    )[0]
    return {"items": row[0], "learned": row[1], "out_of_stock": row[2]}


def as_data(row: Row) -> Item:
    """A row as other apps see it."""
    return Item(
        item_id=row.item_id,
        name=row.name,
        category=tuple(row.category),
        brand=row.brand,
        price=row.price,
        currency=row.currency,
        image_url=row.image_url,
        url=row.url,
        in_stock=row.in_stock,
        tags=tuple(row.tags),
        extra=row.extra,
        available_from=row.available_from,
        available_until=row.available_until,
    )
