"""What most people take at present: the floor under everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommendations.algorithms.base import Algorithm, Floats, History, Log, Model, expect


class Popularity(Model):
    """``share`` is each item's part of all decayed interest; ``cells`` the same for each
    context."""

    name = "popularity"

    def __init__(
        self,
        items: Sequence[str],
        config: Mapping[str, Any],
        share: Floats,
        cells: Sequence[str],
        shares: Floats,
    ) -> None:
        super().__init__(items, config)
        self.share, self.shares = share, shares
        self.cells = tuple(cells)

    def scores(self, history: History, cell: str = "") -> Floats:
        """The same for everyone in the same context."""
        if cell in self.cells:
            return np.array(self.shares[self.cells.index(cell)])
        return np.array(self.share)

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"share": self.share, "shares": self.shares}

    @classmethod
    def restore(
        cls, items: Sequence[str], config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        cells = config.get("cells", [])
        expect(arrays, {"share": (len(items),), "shares": (len(cells), len(items))})
        return cls(items, config, arrays["share"], cells, arrays["shares"])


@dataclass(frozen=True)
class PopularityConfig(Algorithm):
    """Interest halves every ``half_life`` days. One person counts at most ``cap`` for an item, so
    that nobody makes a best seller alone. ``prior`` is how much decayed interest a context needs
    before it is believed as much as the whole shop (empirical-Bayes shrinkage to the parent)."""

    name: ClassVar[str] = "popularity"

    half_life: float = 14.0
    cap: float = 4.0
    prior: float = 200.0

    def fit(self, log: Log) -> Popularity:
        size = len(log.items)
        age = np.maximum(log.now - log.day, 0.0)
        weight = np.minimum(log.strength, self.cap) * np.exp2(-age / self.half_life)
        total = np.bincount(log.item, weights=weight, minlength=size)
        share = total / max(float(total.sum()), 1e-12)
        shares = np.zeros((len(log.cells), size))
        for place in range(len(log.cells)):
            mine = log.cell == place
            counts = np.bincount(log.item[mine], weights=weight[mine], minlength=size)
            shares[place] = (counts + self.prior * share) / (counts.sum() + self.prior)
        config = {**self.parameters(), "cells": list(log.cells)}
        return Popularity(
            log.items, config, share.astype(np.float32), log.cells, shares.astype(np.float32)
        )
