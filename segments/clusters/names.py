"""Names for clusters, from how their centres differ from the average. Pure."""

from collections.abc import Sequence

ATTRIBUTE = "rfm_cluster"
"""The attribute that carries a person's group."""
FIELD = f"inferred.{ATTRIBUTE}"
"""What rules call it. Here and not beside the search, so that the console starts without
scikit-learn, which takes longer to import than everything else together."""

_MUCH = 0.5
_DIFFERENCES = (
    ("Last order {much}longer ago", "Last order {much}more recent"),
    ("Orders {much}more often", "Orders {much}less often"),
    ("Spends {much}more", "Spends {much}less"),
)
"""For recency, frequency and money: what a value above the mean says, and one below."""


def names(centres: Sequence[Sequence[float]]) -> list[str]:
    """A name for each centre (recency, frequency, money, in deviations from the mean), each used
    once: where two would have the same, the one that spends more says so."""
    plain = [_name(*centre) for centre in centres]
    found = list(plain)
    for name in sorted(set(plain)):
        alike = [index for index, other in enumerate(plain) if other == name]
        alike.sort(key=lambda index: (-centres[index][2], centres[index][0], index))
        if len(alike) == 2:
            found[alike[0]], found[alike[1]] = f"{name}, higher spend", f"{name}, lower spend"
        elif len(alike) > 2:
            for place, index in enumerate(alike, 1):
                found[index] = f"{name}, spend rank {place}"
    return found


def differences(centre: Sequence[float]) -> list[str]:
    """What sets a group apart, the greatest difference first."""
    found = [
        words.format(much="much " if abs(value) > 1 else "")
        for value, words in sorted(
            (
                (value, more if value > 0 else less)
                for value, (more, less) in zip(centre, _DIFFERENCES, strict=True)
                if abs(value) > 0.25
            ),
            key=lambda pair: -abs(pair[0]),
        )
    ]
    return found or ["Close to the average in everything"]


def _name(recency: float, frequency: float, monetary: float) -> str:
    worth = (frequency + monetary) / 2
    if recency > _MUCH:
        return "At risk" if worth > 0 else "Lapsed"
    if worth > 1:
        return "Champions"
    if worth > 0.2:
        return "Loyal"
    if worth < -_MUCH:
        return "New or occasional"
    return "Promising"
