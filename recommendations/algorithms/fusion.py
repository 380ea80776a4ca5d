"""Several rankings into one."""

from collections.abc import Mapping, Sequence

DAMPING = 20.0
"""How fast a place loses worth: 1 / (DAMPING + place). Cormack et al. 2009 use 60 for pools of
1,000; shop shelves show ten of some hundreds, so the top weighs more here."""


def fuse(rankings: Mapping[str, Sequence[str]], weights: Mapping[str, float]) -> dict[str, float]:
    """Weighted reciprocal rank fusion: scores by item in (0, 1], the best first, ties by id.

    Ranks instead of scores, because the scores of different models share no scale.
    """
    worth: dict[str, float] = {}
    for source in sorted(rankings):
        weight = weights.get(source, 0.0)
        if weight <= 0:
            continue
        for place, item in enumerate(rankings[source], start=1):
            worth[item] = worth.get(item, 0.0) + weight / (DAMPING + place)
    greatest = max(worth.values(), default=1.0)
    ordered = sorted(worth.items(), key=lambda pair: (-pair[1], pair[0]))
    return {item: score / greatest for item, score in ordered}
