"""Which items come into question, from which source, in which order."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice, zip_longest

from recommendations.algorithms.als import Als
from recommendations.algorithms.base import History, Model
from recommendations.algorithms.cooccurrence import Cooccurrence
from recommendations.data import Query
from recommendations.serving.people import Person
from recommendations.serving.shop import Shop

logger = logging.getLogger(__name__)

SHALLOW = 40
DEEP = 1_000
"""Items per source: enough for the usual answer; and what is looked through again where rules took
so many out that places stayed empty."""
BUDGET = 0.05
"""Seconds after which no further source is asked: what is there by then is ranked."""

WEIGHTS: Mapping[str, float] = {
    "goes_with": 3.0,
    "same_category": 1.0,
    "als": 1.0,
    "cooccurrence": 1.0,
    "taste": 0.4,
    "search": 3.0,
    "popularity": 0.15,
}
"""What a source's ranking is worth in the fusion. Popularity fills what the others leave open."""

PERSONAL = frozenset({"als", "cooccurrence", "taste"})


@dataclass
class Found:
    """Rankings by source, and the sources that failed."""

    rankings: dict[str, list[str]] = field(default_factory=dict)
    degraded: list[str] = field(default_factory=list)


class Allowed:
    """Decides whether an item may be shown to this person in this answer, and says why not."""

    def __init__(self, shop: Shop, person: Person, query: Query, at: datetime) -> None:
        self.shelf, self.at, self.query = shop.shelf, at, query
        self.bought = person.bought
        self.gone = self.bought | query.exclude | {query.item_id}
        self.words = query.text.casefold().split()

    def obstacle(self, item_id: str) -> str:
        """Why not; empty where it may. Rules cannot change the answer."""
        shelved = self.shelf.get(item_id)
        if shelved is None:
            return "not in the catalogue"
        if item_id in self.bought:
            return "already bought"
        if item_id in self.query.exclude or item_id == self.query.item_id:
            return "left out by the page"
        if self.words and not all(word in shelved.words for word in self.words):
            return "does not match the search"
        return shelved.obstacle(self.at)

    def first(self, items: Iterable[str], limit: int) -> list[str]:
        """The first items that may be shown."""
        if self.words:
            return list(islice((item for item in items if not self.obstacle(item)), limit))
        # Asked of thousands of items a second: the usual item is decided without a call.
        shelf, gone = self.shelf, self.gone
        allowed = (
            item
            for item in items
            if item not in gone
            and (shelved := shelf.get(item)) is not None
            and (shelved.ready or not shelved.obstacle(self.at))
        )
        return list(islice(allowed, limit))


def depth(query: Query) -> int:
    """Items per source for an answer of this length."""
    return max(SHALLOW, 3 * query.limit)


def gather(
    shop: Shop,
    query: Query,
    history: Sequence[tuple[str, float]],
    allowed: Allowed,
    pool: int,
) -> Found:
    """Ask every source that can say something. A source that fails is named and left out; the
    popular list is asked first, so that there always is an answer."""
    found = Found(degraded=list(shop.missing))
    deadline = time.perf_counter() + BUDGET
    for name, ask in _sources(shop, query, history, pool):
        if time.perf_counter() > deadline:
            found.degraded.append("deadline")
            break
        try:
            items = allowed.first(ask(), pool)
        except Exception:
            # A fault in one model must not take the shelf away from the shopper.
            logger.exception("source %s failed", name)
            found.degraded.append(name)
            continue
        if items:
            found.rankings[name] = items
    if allowed.words and not found.rankings:
        # Nothing matches: better the usual suggestions than an empty shelf.
        allowed.words = []
        found.degraded.append("query")
        found.rankings["popularity"] = allowed.first(_popular(shop, query), pool)
    return found


Source = tuple[str, Callable[[], Iterable[str]]]


def _sources(
    shop: Shop, query: Query, history: Sequence[tuple[str, float]], pool: int
) -> Iterable[Source]:
    yield "search" if query.text.strip() else "popularity", lambda: _popular(shop, query)
    if query.item_id:
        yield "goes_with", lambda: _goes_with(shop, query.item_id, pool)
        yield "same_category", lambda: _same_category(shop, [query.item_id])
    if not history:
        return
    seen = {item for item, _ in history}
    for name in ("cooccurrence", "als"):
        model = shop.models.get(name)
        if model is not None:
            yield name, partial(_best, model, history, pool)
    yield (
        "taste",
        lambda: (
            item
            for item in _same_category(shop, [item for item, _ in history[:5]])
            if item not in seen
        ),
    )


def _best(model: Model, history: History, pool: int) -> Iterable[str]:
    return (item for item, _ in model.best(history, 2 * pool))


def _popular(shop: Shop, query: Query) -> Iterable[str]:
    return shop.popular.get(query.device.casefold()) or shop.popular[""]


def _goes_with(shop: Shop, item_id: str, pool: int) -> Iterable[str]:
    together = shop.models.get("cooccurrence")
    near = together.related(item_id) if isinstance(together, Cooccurrence) else []
    alike = shop.models.get("als")
    if len(near) < pool and isinstance(alike, Als):
        near = near + alike.related(item_id)
    return dict.fromkeys(item for item, _ in near)


def _same_category(shop: Shop, items: Sequence[str]) -> Iterable[str]:
    """The popular of the narrowest categories of these items, taking one of each in turn."""
    paths = dict.fromkeys(shop.shelf[item].item.category for item in items if item in shop.shelf)
    lists = [shop.by_category[path] for path in paths if path in shop.by_category]
    seen: set[str] = set()
    for turn in zip_longest(*lists):
        for item in turn:
            if item is not None and item not in seen:
                seen.add(item)
                yield item
