"""What every algorithm takes in and gives out.

An algorithm is a frozen ``Config`` with ``fit(log) -> Model``. A model keeps item-side arrays only:
a person's taste is computed from their recent items at the moment of asking, so a model holds no
row about a person and a click counts at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
History = Sequence[tuple[str, float]]
"""A person's items with the strength of their interest (> 0), the latest first."""


@dataclass(frozen=True, slots=True)
class Log:
    """What people did, as columns: one row per (person, item).

    ``items`` are sorted ids; ``person`` and ``item`` are indexes; ``strength`` is positive; ``day``
    is the last contact in days since 1970; ``now`` is the day of training. ``cell`` names the
    context of the row (an index into ``cells``, -1: unknown).
    """

    items: tuple[str, ...]
    people: int
    person: Integers
    item: Integers
    strength: Floats
    day: NDArray[np.float64]
    now: float
    cells: tuple[str, ...] = ()
    cell: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.person)

    def matrix(self) -> sparse.csr_matrix:
        """People x items, strengths as values."""
        shape = (self.people, len(self.items))
        return sparse.csr_matrix((self.strength, (self.person, self.item)), shape=shape)

    def only(self, rows: NDArray[np.bool_], *, now: float) -> "Log":
        """The same people and items with some of the rows, seen from another day."""
        cell = self.cell[rows] if len(self.cell) else self.cell
        return Log(
            self.items,
            self.people,
            self.person[rows],
            self.item[rows],
            self.strength[rows],
            self.day[rows],
            now,
            self.cells,
            cell,
        )


class Model(ABC):
    """A fitted algorithm. ``items`` are sorted ids; all arrays run parallel to them."""

    name: ClassVar[str]

    def __init__(self, items: Sequence[str], config: Mapping[str, Any]) -> None:
        self.items = tuple(items)
        self.config = dict(config)
        self.index = {item: place for place, item in enumerate(self.items)}

    @abstractmethod
    def scores(self, history: History, cell: str = "") -> Floats:
        """One score per item, higher is better. All zero where the model has nothing to say."""

    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What has to be kept to rebuild the model."""

    @classmethod
    @abstractmethod
    def restore(
        cls,
        items: Sequence[str],
        config: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
    ) -> Self:
        """The model that gave these :meth:`arrays`. Raises ValueError where shapes do not fit."""

    def because(self, history: History, items: Sequence[str]) -> dict[str, str]:
        """For each of ``items`` the item of the history that speaks most for it; left out where
        none does."""
        return {}

    def best(
        self, history: History, limit: int, *, cell: str = "", exclude: Collection[str] = ()
    ) -> list[tuple[str, float]]:
        """The ``limit`` highest positive scores without ``exclude``, ties in the order of ids."""
        scores = self.scores(history, cell)
        gone = [self.index[item] for item in exclude if item in self.index]
        if gone:
            scores[gone] = 0
        places = top(scores, limit)
        return [
            (self.items[place], score)
            for place, score in zip(places, scores[places].tolist(), strict=True)
        ]

    def known(self, history: History) -> tuple[Integers, Floats]:
        """The part of a history this model knows, as indexes and strengths."""
        pairs = [(self.index[item], power) for item, power in history if item in self.index]
        places = np.fromiter((place for place, _ in pairs), dtype=np.int32, count=len(pairs))
        powers = np.fromiter((power for _, power in pairs), dtype=np.float32, count=len(pairs))
        return places, powers


class Algorithm(ABC):
    """How to make a model of one kind. Subclasses are frozen dataclasses of their parameters."""

    name: ClassVar[str]

    @abstractmethod
    def fit(self, log: Log) -> Model:
        """Learn from the log. The same log and parameters give the same model."""

    def parameters(self) -> dict[str, Any]:
        """The parameters as plain values."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]


def top(scores: Floats, limit: int) -> list[int]:
    """Places of the ``limit`` greatest positive scores, greatest first, ties by place."""
    if limit <= 0:
        return []
    places = np.flatnonzero(scores > 0)  # of most models few: cheaper than to order all
    found = scores[places]
    if limit < len(places):
        floor = np.partition(found, len(found) - limit)[len(found) - limit]
        places = places[found >= floor]
        found = scores[places]
    order = np.argsort(-found, kind="stable")[:limit]  # places ascend, so ties keep their order
    ranked: list[int] = places[order].tolist()
    return ranked


def expect(
    arrays: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int | None, ...]]
) -> None:
    """Raise ValueError unless each array is there in its shape (None: any length)."""
    for name, shape in shapes.items():
        found = arrays[name].shape if name in arrays else None
        fits = (
            found is not None
            and len(found) == len(shape)
            and all(want is None or want == got for want, got in zip(shape, found, strict=True))
        )
        if not fits:
            raise ValueError(f"array {name} has shape {found}, wanted {shape}")
