"""Learning the factors of alternating least squares, by the library ``implicit``."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from recommendations.algorithms.als import Als
from recommendations.algorithms.base import Algorithm, Log


@dataclass(frozen=True)
class AlsConfig(Algorithm):
    """``alpha`` scales strength into confidence, ``regularization`` is λ."""

    name: ClassVar[str] = "als"

    factors: int = 64
    regularization: float = 0.5
    alpha: float = 4.0
    iterations: int = 15
    seed: int = 7

    def fit(self, log: Log) -> Als:
        confidence = log.matrix()
        confidence.data = 1 + self.alpha * confidence.data
        factors = np.zeros((len(log.items), self.factors), dtype=np.float32)
        with threadpool_limits(1, "blas"):  # the library runs threads of its own over the rows
            learner = AlternatingLeastSquares(
                factors=self.factors,
                regularization=self.regularization,
                alpha=1.0,
                iterations=self.iterations,
                random_state=self.seed,
                dtype=np.float32,
            )
            if len(log):
                learner.fit(confidence, show_progress=False)
                factors[:] = learner.item_factors
        return Als(log.items, self.parameters(), factors, factors.T @ factors)
