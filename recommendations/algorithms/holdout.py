"""Measuring a model on what people did later than everything it was taught."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommendations.algorithms import metrics
from recommendations.algorithms.base import History, Log, Model
from recommendations.algorithms.signals import faded


@dataclass(frozen=True, slots=True)
class Trial:
    """A log up to a moment, and the people to be judged: what they had touched by then (the
    history) and what they took up afterwards."""

    taught: Log
    histories: Mapping[int, History]
    wanted: Mapping[int, frozenset[str]]


def split(log: Log, *, share: float = 0.2, people: int = 2_000, seed: int = 7) -> Trial:
    """Cut at the moment before which ``1 - share`` of the contacts lie. At most ``people``
    returning people are judged, drawn with ``seed``.

    A row is dated by its last contact, so nothing taught is younger than the cut; what a person
    touched before and after counts as later.
    """
    cut = float(np.quantile(log.day, 1 - share)) if len(log) else 0.0
    early = log.day <= cut
    taught = log.only(early, now=cut)
    later = log.only(~early, now=log.now)
    returning = np.intersect1d(np.unique(taught.person), np.unique(later.person))
    if len(returning) > people:
        chosen = np.random.default_rng(seed).choice(returning, people, replace=False)
        returning = np.sort(chosen)
    judged = {int(person) for person in returning}
    wanted: dict[int, set[str]] = {person: set() for person in judged}
    for person, item in zip(later.person, later.item, strict=True):
        if int(person) in judged:
            wanted[int(person)].add(log.items[item])
    frozen = {person: frozenset(items) for person, items in wanted.items()}
    return Trial(taught, histories(taught, judged), frozen)


def histories(log: Log, people: set[int], *, length: int = 50) -> dict[int, History]:
    """The latest ``length`` items of each of these people, newest first, strengths faded by how
    long before a person's newest item they lie, as serving does."""
    found: dict[int, list[tuple[float, str, float]]] = {person: [] for person in people}
    for person, item, power, day in zip(log.person, log.item, log.strength, log.day, strict=True):
        if int(person) in found:
            found[int(person)].append((-float(day), log.items[item], float(power)))
    return {person: _faded(sorted(rows)[:length]) for person, rows in found.items()}


def _faded(rows: list[tuple[float, str, float]]) -> History:
    return [(item, faded(power, before - rows[0][0])) for before, item, power in rows]


def measure(model: Model, trial: Trial, k: int = 10) -> dict[str, float]:
    """Mean NDCG and hit rate at ``k`` over the judged people, on the full catalogue, what they had
    already touched left out; and the part of the items that anyone was shown."""
    gains, hits, shown = [], [], set()
    for person, wanted in trial.wanted.items():
        history = trial.histories[person]
        seen = [item for item, _ in history]
        ranked = [item for item, _ in model.best(history, k, exclude=seen)]
        gains.append(metrics.ndcg(ranked, wanted, k))
        hits.append(metrics.hit(ranked, wanted, k))
        shown.update(ranked)
    return {
        "people": len(gains),
        f"ndcg@{k}": round(float(np.mean(gains)), 5) if gains else 0.0,
        f"hr@{k}": round(float(np.mean(hits)), 5) if hits else 0.0,
        "coverage": round(len(shown) / max(len(model.items), 1), 5),
    }
