"""What a serving process holds in memory: the shelf, the models, the rules; and how it keeps up.

At most once a second one request asks the database, in one statement, whether anything changed. The
others go on with what is there: a :class:`Shop` is never changed, only replaced.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from django.db import DatabaseError

from cdp.lib import sql
from recommendations.algorithms import artefact
from recommendations.algorithms.base import Model
from recommendations.algorithms.popularity import Popularity
from recommendations.overrides import live
from recommendations.serving import shelf as shelves
from recommendations.serving.shelf import NEWER, Shelf
from recommendations.training.models import models_folder

logger = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two looks at the database."""
RETRY = 30.0
"""Seconds until a damaged artefact is tried again."""
DEPTH = 300
"""Items kept per category."""

TICK = f"""
SELECT (SELECT coalesce(jsonb_object_agg(algorithm, artefact), '{{}}')::text
        FROM recommendations_run WHERE state = 'live'),
       {live.VERSION_SQL},
       pg_current_snapshot()::text,
       EXISTS (SELECT FROM recommendations_item WHERE {NEWER})
"""  # noqa: S608  constants


@dataclass(frozen=True)
class Shop:
    """Everything serving needs besides the person. ``popular`` lists all items, best first, by
    context cell ("" is the whole shop); ``by_category`` the best of every category path;
    ``missing`` names algorithms whose model could not be loaded."""

    shelf: Shelf
    models: Mapping[str, Model]
    rules: tuple[live.LiveRule, ...]
    popular: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_category: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass
class _Keeper:
    shop: Shop | None = None
    artefacts: Mapping[str, str] = field(default_factory=dict)
    loaded: dict[str, str] = field(default_factory=dict)
    rules_version: str = ""
    seen: str = "1:1:"
    looked_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    damaged: dict[str, float] = field(default_factory=dict)


_keeper = _Keeper()


def current() -> Shop:
    """The shop as it was at most a second ago. Raises DatabaseError only where this process never
    saw the database."""
    keeper = _keeper
    if keeper.shop is not None:
        due = time.monotonic() - keeper.looked_at >= INTERVAL
        if not due or not keeper.lock.acquire(blocking=False):
            return keeper.shop
    else:
        keeper.lock.acquire()
    try:
        return _refresh(keeper)
    except DatabaseError:
        if keeper.shop is None:
            raise
        logger.warning("the shop could not be refreshed; the last state is served")
        return keeper.shop
    finally:
        keeper.lock.release()


def warm() -> None:
    """Load the shop before the first shopper asks: it takes a second where there are 20,000 items.
    Where the database cannot be reached, the first request will load it."""
    try:
        current()
    except DatabaseError:
        logger.warning("the shop could not be loaded ahead; the first request will do it")


def forget() -> None:
    """Drop what is held, as a new process would start. For tests and after restoring a database."""
    global _keeper  # noqa: PLW0603  one per process is the point
    _keeper = _Keeper()


def _refresh(keeper: _Keeper) -> Shop:
    keeper.looked_at = time.monotonic()
    names, rules_version, seen, newer = sql.rows(TICK, {"seen": keeper.seen})[0]
    names = json.loads(names)
    old = keeper.shop
    changes = shelves.newer(keeper.seen) if old and newer else []
    shop = old or Shop(shelves.load(), {}, ())
    reshelved = old is None or _moved(shop.shelf, changes)
    if changes:
        shop = replace(shop, shelf=shelves.restock(shop.shelf, changes))
    if old is None or rules_version != keeper.rules_version:
        shop = replace(shop, rules=live.load())
    if old is None or names != keeper.artefacts or _retry_due(keeper):
        models, missing = _load_models(keeper, names, shop.models)
        shop = replace(shop, models=models, missing=missing)
        reshelved = True
    if reshelved:
        shop = _indexed(shop)
    keeper.artefacts, keeper.rules_version, keeper.seen = names, rules_version, seen
    keeper.shop = shop
    return shop


def _moved(shelf: Shelf, changes: list[tuple[str, shelves.Shelved | None]]) -> bool:
    """Whether any change concerns which item stands in which category (price and stock do not)."""
    for item_id, shelved in changes:
        before = shelf.get(item_id)
        if (before is None) != (shelved is None):
            return True
        if before and shelved and before.item.category != shelved.item.category:
            return True
    return False


def _retry_due(keeper: _Keeper) -> bool:
    return any(time.monotonic() >= due for due in keeper.damaged.values())


def _load_models(
    keeper: _Keeper, names: Mapping[str, str], old: Mapping[str, Model]
) -> tuple[dict[str, Model], tuple[str, ...]]:
    """The live models. One that cannot be read leaves the one before it, and is named missing."""
    models: dict[str, Model] = {}
    missing = []
    keeper.damaged.clear()
    for algorithm, name in names.items():
        if algorithm in old:
            models[algorithm] = old[algorithm]
        if keeper.loaded.get(algorithm) == name:
            continue
        try:
            models[algorithm] = artefact.read(models_folder(), name)
            keeper.loaded[algorithm] = name
        except artefact.Damaged as failure:
            logger.error("model of %s not loaded: %s", algorithm, failure)
            keeper.damaged[name] = time.monotonic() + RETRY
            missing.append(algorithm)
    return models, tuple(sorted(missing))


def _indexed(shop: Shop) -> Shop:
    """The shop with its lists of popular items made anew."""
    model = shop.models.get("popularity")
    known: set[str] = set()
    popular: dict[str, tuple[str, ...]] = {}
    if isinstance(model, Popularity):
        known = set(model.items)
        for cell in ("", *model.cells):
            order = np.argsort(-model.scores((), cell), kind="stable")
            popular[cell] = tuple(
                item for place in order if (item := model.items[place]) in shop.shelf
            )
    rest = tuple(item for item in shop.shelf if item not in known)
    popular = {cell: order + rest for cell, order in popular.items()} or {"": rest}
    lists: dict[tuple[str, ...], list[str]] = {}
    for item_id in popular[""]:
        path = shop.shelf[item_id].item.category
        for depth in range(1, len(path) + 1):
            found = lists.setdefault(path[:depth], [])
            if len(found) < DEPTH:
                found.append(item_id)
    return replace(
        shop,
        popular=popular,
        by_category={path: tuple(found) for path, found in lists.items()},
    )
