"""What goes with what: cosine of the sets of people behind two items, with shrinkage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommendations.algorithms.base import (
    Algorithm,
    Floats,
    History,
    Integers,
    Log,
    Model,
    expect,
    top,
)

BLOCK = 1024
"""Items worked on at once: bounds the memory of the item x item product."""


class Cooccurrence(Model):
    """``near[i]`` are the places of the neighbours of item i (-1: none), ``weight[i]`` how near."""

    name = "cooccurrence"

    def __init__(
        self, items: Sequence[str], config: Mapping[str, Any], near: Integers, weight: Floats
    ) -> None:
        super().__init__(items, config)
        self.near, self.weight = near, weight

    def scores(self, history: History, cell: str = "") -> Floats:
        """The sum of nearness to what the person touched, the items touched left out."""
        places, powers = self.known(history)
        near = self.near[places]
        real = near >= 0
        pull = (self.weight[places] * np.log1p(powers)[:, None])[real]
        sums = np.bincount(near[real], weights=pull, minlength=len(self.items))
        scores: Floats = sums.astype(np.float32)
        scores[places] = 0
        return scores

    def related(self, item: str) -> list[tuple[str, float]]:
        """An item's neighbours, nearest first."""
        place = self.index.get(item)
        if place is None:
            return []
        pairs = zip(self.near[place], self.weight[place], strict=True)
        return [(self.items[near], float(weight)) for near, weight in pairs if near >= 0]

    def because(self, history: History, items: Sequence[str]) -> dict[str, str]:
        wanted = [item for item in items if item in self.index]
        places, powers = self.known(history)
        if not wanted or not len(places):
            return {}
        targets = np.array([self.index[item] for item in wanted], dtype=np.int32)
        pull = self.weight[places] * np.log1p(powers)[:, None]
        each = np.where(self.near[places] == targets[:, None, None], pull, 0).sum(axis=2)
        best = each.argmax(axis=1)
        return {
            item: self.items[places[choice]]
            for item, choice, row in zip(wanted, best, each, strict=True)
            if row[choice] > 0
        }

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"near": self.near, "weight": self.weight}

    @classmethod
    def restore(
        cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        expect(arrays, {"near": (len(items), None), "weight": (len(items), None)})
        return cls(items, config, arrays["near"], arrays["weight"])


@dataclass(frozen=True)
class CooccurrenceConfig(Algorithm):
    """``cosine(i, j) = both / (sqrt(people_i · people_j) + shrinkage)``: the shrinkage keeps two
    items that one person happened to share from looking inseparable. Of one person only the latest
    ``horizon`` items count, which bounds the work that crawlers and resellers cause."""

    name: ClassVar[str] = "cooccurrence"

    neighbours: int = 50
    shrinkage: float = 10.0
    horizon: int = 200

    def fit(self, log: Log) -> Cooccurrence:
        people = self._latest(log)
        size = len(log.items)
        counts = np.asarray(people.sum(axis=0)).ravel()
        width = max(min(self.neighbours, size - 1), 0)
        near = np.full((size, width), -1, dtype=np.int32)
        weight = np.zeros((size, width), dtype=np.float32)
        for start in range(0, size, BLOCK):
            both = (people[:, start : start + BLOCK].T @ people).tocsr()
            for offset in range(both.shape[0]):
                self._keep(both[offset], start + offset, counts, near, weight)
        return Cooccurrence(log.items, self.parameters(), near, weight)

    def _keep(
        self,
        row: sparse.csr_matrix,
        place: int,
        counts: NDArray[Any],
        near: Integers,
        weight: Floats,
    ) -> None:
        others = row.indices
        nearness = row.data / (np.sqrt(counts[place] * counts[others]) + self.shrinkage)
        nearness = np.where(others == place, 0, nearness).astype(np.float32)
        order = np.argsort(others)
        others, nearness = others[order], nearness[order]
        best = top(nearness, near.shape[1])
        near[place, : len(best)] = others[best]
        weight[place, : len(best)] = nearness[best]

    def _latest(self, log: Log) -> sparse.csc_matrix:
        order = np.lexsort((log.item, -log.day, log.person))
        person = log.person[order]
        starts = np.searchsorted(person, np.arange(log.people))
        rank = np.arange(len(person)) - starts[person]
        kept = order[rank < self.horizon]
        ones = np.ones(len(kept), dtype=np.float32)
        shape = (log.people, len(log.items))
        return sparse.csc_matrix((ones, (log.person[kept], log.item[kept])), shape=shape)
