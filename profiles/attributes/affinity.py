"""How much people lean to categories and brands: forward-decayed sums, version 1.

An event at time t weighs ``WEIGHTS[kind] * 2 ** ((t - LANDMARK) / HALF_LIFE)``; at any later
moment all sums shrink by the same factor, so they rank alike, and nothing needs recomputing as time
goes by (Cormode et al., "Forward Decay", ICDE 2009). Each term is rounded to a millionth and added
exactly, so no order of events changes a digit. An event counts a category once, however many of
its products it names. Only events usable for analytics or personalisation count.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cdp.lib import sql
from cdp.lib.clock import LANDMARK
from profiles.data import Event

RULE = "affinity.v1"
HALF_LIFE = timedelta(days=30)
WEIGHTS: Mapping[str, int] = {
    "view": 1, "wishlist": 2, "add": 3, "remove": -2, "review": 2, "checkout": 3, "purchase": 5,
    "refund": -5,
}  # fmt: skip
MAX_KEY = 200
_MILLION = 1_000_000

_ADD = """
INSERT INTO profiles_affinity AS a (profile_id, dimension, key, weight, last_at)
SELECT s.profile_id, s.dimension, s.key, s.weight * 0.000001, s.last_at
FROM unnest(%(profiles)s::uuid[], %(dimensions)s::text[], %(keys)s::text[], %(weights)s::numeric[],
            %(times)s::timestamptz[]) AS s (profile_id, dimension, key, weight, last_at)
ON CONFLICT (profile_id, dimension, key) DO UPDATE
SET weight = a.weight + excluded.weight, last_at = greatest(a.last_at, excluded.last_at)
"""
_HISTORY = """
SELECT profile_id, kind, timestamp, categories, brands FROM profiles_event
WHERE profile_id = ANY(%s) AND kind = ANY(%s) AND purposes & %s <> 0
"""
_TOP = """
SELECT dimension, key, weight, last_at FROM profiles_affinity WHERE profile_id = %s
ORDER BY dimension, weight DESC, key
"""
TOP = 5
"""So many categories and brands are a person's favourites."""

Key = tuple[str, str]
"""Dimension and what is leaned to."""


def weight(kind: str, at: datetime) -> int:
    """What an event of this kind adds, in millionths of a view made at the landmark."""
    growth: float = 2.0 ** ((at - LANDMARK) / HALF_LIFE)
    return round(WEIGHTS[kind] * growth * _MILLION)


def add(events: Iterable[Event], usable: int, *, moved: Collection[UUID] = ()) -> None:
    """Add each of these events, which nobody added before; of ``moved`` profiles, add up everything
    anew. ``usable`` is a mask of purposes of which an event must have one."""
    people: dict[UUID, dict[Key, _Sum]] = defaultdict(dict)
    for profile_id, kind, at, categories, brands in _terms(events, usable, moved):
        term, sums = weight(kind, at), people[profile_id]
        for key in _keys(categories, brands):
            one = sums.get(key)
            if one is None:
                sums[key] = _Sum(term, at)
            else:
                one.add(term, at)
    if moved:
        sql.execute("DELETE FROM profiles_affinity WHERE profile_id = ANY(%s)", [sorted(moved)])
    order = [
        (profile_id, key, one)
        for profile_id in sorted(people)
        for key, one in sorted(people[profile_id].items())
    ]
    if not order:
        return
    sql.execute(
        _ADD,
        {
            "profiles": [profile_id for profile_id, _, _ in order],
            "dimensions": [key[0] for _, key, _ in order],
            "keys": [key[1] for _, key, _ in order],
            "weights": [one.millionths for _, _, one in order],
            "times": [one.latest for _, _, one in order],
        },
    )


@dataclass(slots=True)
class _Sum:
    """One person's leaning to one thing, within a batch."""

    millionths: int
    latest: datetime

    def add(self, term: int, at: datetime) -> None:
        self.millionths += term
        self.latest = max(self.latest, at)


def favourites(profile_id: UUID, usable: int, at: datetime | None = None) -> dict[str, list[str]]:
    """The strongest categories and brands by dimension; as of ``at`` added up from the events."""
    sums: dict[Key, Any] = defaultdict(int)
    if at is None:
        for dimension, key, total, _ in sql.rows(_TOP, [profile_id]):
            sums[dimension, key] = total
    else:
        for _, kind, when, categories, brands in _terms((), usable, [profile_id]):
            if when <= at:
                for key in _keys(categories, brands):
                    sums[key] += weight(kind, when)
    ranked: dict[str, list[str]] = {}
    for (dimension, key), _ in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])):
        if len(ranked.setdefault(dimension, [])) < TOP:
            ranked[dimension].append(key)
    return ranked


Term = tuple[UUID, str, datetime, Sequence[str], Sequence[str]]


def _terms(events: Iterable[Event], usable: int, moved: Collection[UUID]) -> Iterator[Term]:
    for event in events:
        if (
            event.profile_id
            and event.profile_id not in moved
            and event.kind in WEIGHTS
            and event.purposes & usable
        ):
            yield (
                event.profile_id,
                event.kind,
                event.timestamp,
                [line.category for line in event.lines],
                [line.brand for line in event.lines],
            )
    if moved:
        yield from sql.rows(_HISTORY, [sorted(moved), sorted(WEIGHTS), usable])


def _keys(categories: Iterable[str], brands: Iterable[str]) -> Iterator[Key]:
    for dimension, names in (("category", categories), ("brand", brands)):
        for name in {name[:MAX_KEY] for name in names}:
            if name:
                yield dimension, name
