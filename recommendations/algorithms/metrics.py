"""How good a ranking is, over the full catalogue (never a sample of negatives: sampled metrics
order algorithms wrongly, Krichene & Rendle 2020)."""

from collections.abc import Collection, Sequence
from math import log2


def ndcg(ranked: Sequence[str], wanted: Collection[str], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``k``, binary relevance."""
    gain = sum(1 / log2(place + 2) for place, item in enumerate(ranked[:k]) if item in wanted)
    ideal = sum(1 / log2(place + 2) for place in range(min(k, len(wanted))))
    return gain / ideal if ideal else 0.0


def hit(ranked: Sequence[str], wanted: Collection[str], k: int = 10) -> float:
    """1 where at least one of the first ``k`` is wanted."""
    return float(any(item in wanted for item in ranked[:k]))
