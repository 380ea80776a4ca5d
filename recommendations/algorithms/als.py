"""Implicit-feedback matrix factorisation by alternating least squares (Hu, Koren, Volinsky 2008).

Only item factors are kept. A person's vector is solved from their recent items when they ask
("fold-in"): one 64 x 64 system, about a tenth of a millisecond. Learning is in ``als_learning``, so
that serving starts without the library it needs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recommendations.algorithms.base import Floats, History, Model, expect, top


class Als(Model):
    """``factors`` (items x dimensions) and ``gram`` = factorsᵀ · factors."""

    name = "als"

    def __init__(
        self, items: Sequence[str], config: Mapping[str, Any], factors: Floats, gram: Floats
    ) -> None:
        super().__init__(items, config)
        self.factors, self.gram = factors, gram
        self.norms = np.maximum(np.linalg.norm(factors, axis=1), np.float32(1e-12))

    def scores(self, history: History, cell: str = "") -> Floats:
        """Predicted preference, the items touched left out."""
        places, powers = self.known(history)
        if not len(places):
            return np.zeros(len(self.items), dtype=np.float32)
        scores: Floats = self.factors @ self._person(places, powers)
        scores[places] = 0
        return scores

    def _person(self, places: NDArray[Any], powers: Floats) -> Floats:
        """Solve (YᵀY + Yᵀ(C-I)Y + λI) x = Yᵀ C p, with confidence C = 1 + alpha · strength."""
        extra = self.config["alpha"] * powers
        mine = self.factors[places]
        left = self.gram + (mine.T * extra) @ mine
        left[np.diag_indices_from(left)] += self.config["regularization"]
        solved: Floats = np.linalg.solve(left, mine.T @ (1 + extra)).astype(np.float32)
        return solved

    def related(self, item: str, limit: int = 50) -> list[tuple[str, float]]:
        """The items with the closest factors, by cosine."""
        place = self.index.get(item)
        if place is None:
            return []
        near = (self.factors @ self.factors[place]) / (self.norms * self.norms[place])
        near[place] = 0
        return [(self.items[other], float(near[other])) for other in top(near, limit)]

    def because(self, history: History, items: Sequence[str]) -> dict[str, str]:
        wanted = [item for item in items if item in self.index]
        places, powers = self.known(history)
        if not wanted or not len(places):
            return {}
        weights = np.log1p(powers) / self.norms[places]
        theirs = self.factors[[self.index[item] for item in wanted]]
        pull = (theirs @ self.factors[places].T) * weights
        best = pull.argmax(axis=1)
        return {
            item: self.items[places[choice]]
            for item, choice, row in zip(wanted, best, pull, strict=True)
            if row[choice] > 0
        }

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"factors": self.factors, "gram": self.gram}

    @classmethod
    def restore(
        cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        size = int(config["factors"])
        expect(arrays, {"factors": (len(items), size), "gram": (size, size)})
        return cls(items, config, arrays["factors"], arrays["gram"])
