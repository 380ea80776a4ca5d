"""What every recommendation algorithm must do. Inherit and name the algorithm."""

from pathlib import Path

import numpy as np
import pytest

from recommendations.algorithms import artefact
from recommendations.algorithms.base import Algorithm, Log, Model, top


def log_of(rows: list[tuple[str, str, float, float]], now: float = 100.0) -> Log:
    """A log from (person, item, strength, day) rows."""
    items = tuple(sorted({item for _, item, _, _ in rows}))
    people = sorted({person for person, _, _, _ in rows})
    return Log(
        items=items,
        people=len(people),
        person=np.array([people.index(row[0]) for row in rows], dtype=np.int32),
        item=np.array([items.index(row[1]) for row in rows], dtype=np.int32),
        strength=np.array([row[2] for row in rows], dtype=np.float32),
        day=np.array([row[3] for row in rows], dtype=np.float64),
        now=now,
    )


def checkerboard(size: int = 20, people: int = 60) -> Log:
    """People of even number take even items, people of odd number odd ones, each all but a few."""
    rows = [
        (f"p{person:03}", f"i{item:03}", 1.0, 90.0 + (person + item) % 7)
        for person in range(people)
        for item in range(size)
        if person % 2 == item % 2 and (person * 7 + item) % 5
    ]
    return log_of(rows)


class AlgorithmSuite:
    """The inherited tests. ``personal`` says whether the history may change the answer."""

    algorithm: Algorithm
    personal = True

    @pytest.fixture
    def model(self) -> Model:
        return self.algorithm.fit(checkerboard())

    def test_scores__any_history__is_finite_and_one_per_item(self, model: Model) -> None:
        for history in ([], [("i000", 1.0)], [("i000", 50.0), ("i001", 0.5)]):
            scores = model.scores(history)
            assert scores.shape == (len(model.items),)
            assert np.isfinite(scores).all()

    def test_best__unknown_items_in_history__equals_empty_history(self, model: Model) -> None:
        assert model.best([("nobody-knows", 3.0)], 5) == model.best([], 5)

    def test_best__empty_history__personal_models_stay_silent(self, model: Model) -> None:
        assert bool(model.best([], 5)) is not self.personal

    def test_best__excluded_items__are_never_given(self, model: Model) -> None:
        gone = {f"i{item:03}" for item in range(0, 20, 4)} | {"unknown"}
        given = {item for item, _ in model.best([("i002", 1.0)], 50, exclude=gone)}
        assert given
        assert not given & gone

    def test_best__limit__is_kept_and_order_is_descending(self, model: Model) -> None:
        found = model.best([("i002", 1.0)], 4)
        assert len(found) == 4
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert model.best([("i002", 1.0)], 0) == []

    def test_fit__same_log_twice__gives_the_same_artefact(self, tmp_path: Path) -> None:
        names = {artefact.write(tmp_path, self.algorithm.fit(checkerboard())) for _ in range(2)}
        assert len(names) == 1

    def test_fit__empty_log__gives_a_silent_model(self) -> None:
        empty = log_of([])
        assert self.algorithm.fit(empty).best([("x", 1.0)], 5) == []

    def test_artefact__round_trip__answers_the_same(self, model: Model, tmp_path: Path) -> None:
        again = artefact.read(tmp_path, artefact.write(tmp_path, model))
        history = [("i003", 2.0), ("i005", 1.0)]
        assert again.best(history, 10) == model.best(history, 10)
        assert again.items == model.items

    def test_artefact__one_byte_changed__is_refused(self, model: Model, tmp_path: Path) -> None:
        name = artefact.write(tmp_path, model)
        victim = next((tmp_path / name).glob("*.npy"))
        raw = bytearray(victim.read_bytes())
        raw[-1] ^= 1
        victim.write_bytes(raw)
        with pytest.raises(artefact.Damaged):
            artefact.read(tmp_path, name)

    def test_best__checkerboard__stays_on_the_colour(self, model: Model) -> None:
        if not self.personal:
            return
        even = [item for item, _ in model.best([("i000", 3.0), ("i002", 3.0)], 5)]
        odd = [item for item, _ in model.best([("i001", 3.0), ("i003", 3.0)], 5)]
        assert all(int(item[1:]) % 2 == 0 for item in even)
        assert all(int(item[1:]) % 2 == 1 for item in odd)

    def test_because__item_of_the_colour__names_an_item_of_the_history(self, model: Model) -> None:
        if not self.personal:
            assert model.because([("i000", 1.0)], ["i004"]) == {}
            return
        history = [("i001", 1.0), ("i000", 1.0)]
        assert model.because(history, ["i004", "none"]) == {"i004": "i000"}
        assert model.because([], ["i004"]) == {}
        assert model.because(history, []) == {}

    def test_best__any_limit_and_exclusion__agrees_with_the_scores(self, model: Model) -> None:
        history = [("i000", 3.0), ("i003", 1.0)]
        scores = model.scores(history)
        scores[model.index["i004"]] = 0
        wanted = [(model.items[place], float(scores[place])) for place in top(scores, 7)]
        found = model.best(history, 7, exclude=["i004", "none"])
        assert [item for item, _ in found] == [item for item, _ in wanted]
        assert [score for _, score in found] == pytest.approx([score for _, score in wanted])
