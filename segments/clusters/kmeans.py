"""K-means on recency, frequency and monetary value. Version 1; changed only by a new version.

Frequency and money are taken by their logarithm (few people buy a great deal), then all three are
scaled to mean 0 and deviation 1. The number of groups is the one with the best silhouette
(Rousseeuw 1987) on a sample.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

VERSION = "rfm-kmeans-1"
FEATURES = ("recency", "frequency", "monetary")
SEED = 20_260_101
CHOICES = range(3, 9)
SAMPLE = 3_000
"""People on whom silhouettes are taken: their cost grows with the square."""
FEWEST = 30
"""Below this there is nothing to find."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grouping:
    """What was found: the label of each row, centres in deviations from the mean, and how it was
    chosen. ``means`` and ``spreads`` undo the scaling."""

    labels: NDArray[np.int64]
    centres: Matrix
    means: Matrix
    spreads: Matrix
    scores: dict[int, tuple[float, float]]

    @property
    def k(self) -> int:
        return len(self.centres)


def group(rows: Matrix) -> Grouping | None:
    """Group people given as rows of (days since the last order, orders, revenue). None where there
    are too few, or where all are alike."""
    if len(rows) < FEWEST:
        return None
    scaled, means, spreads = prepare(rows)
    different = len(np.unique(scaled, axis=0))
    if different <= CHOICES.start:
        return None
    chance = np.random.default_rng(SEED)
    sample = chance.choice(len(rows), size=min(SAMPLE, len(rows)), replace=False)
    scores: dict[int, tuple[float, float]] = {}
    fitted: dict[int, KMeans] = {}
    for k in CHOICES:
        if k >= different:
            break
        model = KMeans(n_clusters=k, n_init=5, random_state=SEED).fit(scaled)
        labels = model.labels_[sample]
        if len(np.unique(labels)) < 2:
            continue
        scores[k] = (float(silhouette_score(scaled[sample], labels)), float(model.inertia_))
        fitted[k] = model
    if not scores:
        return None
    best = max(scores, key=lambda k: (scores[k][0], -k))
    model = fitted[best]
    return Grouping(model.labels_, model.cluster_centers_, means, spreads, scores)


def prepare(rows: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Rows scaled for K-means, with the means and deviations that were taken out."""
    logged = rows.copy()
    logged[:, 1:] = np.log1p(np.maximum(logged[:, 1:], 0))
    means, spreads = logged.mean(axis=0), logged.std(axis=0)
    spreads[spreads == 0] = 1.0
    return (logged - means) / spreads, means, spreads


def restore(centre: Matrix, means: Matrix, spreads: Matrix) -> Matrix:
    """A centre in days, orders and money again."""
    plain = centre * spreads + means
    plain[1:] = np.expm1(plain[1:])
    return np.asarray(plain)
