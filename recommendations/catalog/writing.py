"""Items in, as sets."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from cdp.lib import sql
from profiles import api as profiles
from profiles.data import Event, Line
from recommendations.data import Item

CHUNK = 2_000
"""Rows a statement."""

COLUMNS = (
    "name, category, brand, price, currency, image_url, url, tags, in_stock, available_from, "
    "available_until, extra, learned, deleted_at"
)

UPSERT = f"""
INSERT INTO recommendations_item AS old (item_id, changed, {COLUMNS})
SELECT r.item_id, 0, r.name, ARRAY(SELECT jsonb_array_elements_text(r.category)), r.brand, r.price,
       r.currency, r.image_url, r.url, ARRAY(SELECT jsonb_array_elements_text(r.tags)), r.in_stock,
       r.available_from, r.available_until, r.extra, false, NULL
FROM jsonb_to_recordset(%s::jsonb) AS r(
    item_id text, name text, category jsonb, brand text, price numeric, currency text,
    image_url text, url text, tags jsonb, in_stock boolean, available_from timestamptz,
    available_until timestamptz, extra jsonb)
ORDER BY r.item_id
ON CONFLICT (item_id) DO UPDATE SET ({COLUMNS}) = (
    excluded.name, excluded.category, excluded.brand, excluded.price, excluded.currency,
    excluded.image_url, excluded.url, excluded.tags, excluded.in_stock, excluded.available_from,
    excluded.available_until, excluded.extra, false, NULL)
WHERE (old.name, old.category, old.brand, old.price, old.currency, old.image_url, old.url, old.tags,
       old.in_stock, old.available_from, old.available_until, old.extra, old.learned,
       old.deleted_at)
    IS DISTINCT FROM (
    excluded.name, excluded.category, excluded.brand, excluded.price, excluded.currency,
    excluded.image_url, excluded.url, excluded.tags, excluded.in_stock, excluded.available_from,
    excluded.available_until, excluded.extra, false, NULL)
"""  # noqa: S608  assembled from the constants above

LEARN = """
INSERT INTO recommendations_item AS old (
    item_id, changed, name, category, brand, price, currency, image_url, url, tags, in_stock, extra,
    learned)
SELECT r.item_id, 0, r.name, ARRAY(SELECT jsonb_array_elements_text(r.category)), r.brand, r.price,
       r.currency, '', '', '{}', true, '{}', true
FROM jsonb_to_recordset(%s::jsonb) AS r(
    item_id text, name text, category jsonb, brand text, price numeric, currency text,
    vouched boolean)
WHERE (r.vouched OR NOT EXISTS (SELECT FROM recommendations_item given WHERE NOT given.learned))
    AND NOT EXISTS (
        SELECT FROM recommendations_item known
        WHERE known.item_id = r.item_id AND (known.name <> '' OR r.name = ''))
ORDER BY r.item_id
ON CONFLICT (item_id) DO UPDATE SET name = excluded.name, category = excluded.category,
    brand = excluded.brand, price = excluded.price, currency = excluded.currency
WHERE old.learned AND old.name = '' AND excluded.name <> ''
"""

TEACHERS = frozenset({"import", "server"})
"""Kinds of source that speak for the shop itself. A page's write key can be read by anybody."""

SEPARATOR = ">"
"""Between the steps of a category path where it comes as one text."""


def upsert(items: Iterable[Item]) -> int:
    """Write items, the last of several with one id, and return how many ids were given. Rows that
    say what already stands are not touched."""
    latest = {item.item_id: item for item in items}
    ordered = sorted(latest)
    with transaction.atomic():
        for start in range(0, len(ordered), CHUNK):
            rows = [_row(latest[item_id]) for item_id in ordered[start : start + CHUNK]]
            sql.execute(UPSERT, [json.dumps(rows)])
    return len(ordered)


def delete(item_ids: Collection[str]) -> int:
    """Take items off the shelf and return how many were on it. The rows stay, for old orders."""
    return sql.execute(
        "UPDATE recommendations_item SET deleted_at = now() WHERE id IN ("
        "SELECT id FROM recommendations_item WHERE item_id = ANY(%s) AND deleted_at IS NULL "
        "ORDER BY item_id FOR UPDATE)",
        [sorted(set(item_ids))],
    )


def learn(events: Sequence[Event]) -> int:
    """Make items of products that events name, and return how many were made or got a name.

    What the shop sends itself (imports, servers) always teaches items nobody gave. Pages teach only
    until the shop has given one item: a public write key must not stock the shelves. What was given
    is never changed by events.
    """
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        if not event.lines:
            continue
        vouched = _vouched(event.source_id)
        for line in event.lines:
            if line.item_id and _better(line, vouched, found.get(line.item_id)):
                found[line.item_id] = _learned(line, event.currency, vouched)
    if not found:
        return 0
    return sql.execute(LEARN, [json.dumps([found[item_id] for item_id in sorted(found)])])


def _vouched(source_id: int) -> bool:
    source = profiles.source_by_id(source_id)
    return source is not None and source.kind in TEACHERS


def _better(line: Line, vouched: bool, known: Mapping[str, Any] | None) -> bool:
    """Whether this line says more about its item than what was found before: the shop's own word
    first, then a name."""
    if known is None or vouched != known["vouched"]:
        return known is None or vouched
    return not known["name"]


def path_of(text: str) -> list[str]:
    """``"Home > Kitchen"`` or ``"home.kitchen"`` or ``"home/kitchen"`` as a path from the root
    down."""
    for separator in (SEPARATOR, "/", "."):
        if separator in text:
            return [step.strip() for step in text.split(separator) if step.strip()]
    return [text.strip()] if text.strip() else []


def _learned(line: Line, currency: str, vouched: bool) -> dict[str, Any]:
    return {
        "item_id": line.item_id,
        "name": line.name,
        "category": path_of(line.category),
        "brand": line.brand,
        "price": None if line.price is None else str(line.price),
        "currency": currency,
        "vouched": vouched,
    }


def _row(item: Item) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "name": item.name,
        "category": list(item.category),
        "brand": item.brand,
        "price": None if item.price is None else str(item.price),
        "currency": item.currency,
        "image_url": item.image_url,
        "url": item.url,
        "tags": list(item.tags),
        "in_stock": item.in_stock,
        "available_from": _instant(item.available_from),
        "available_until": _instant(item.available_until),
        "extra": dict(item.extra),
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
