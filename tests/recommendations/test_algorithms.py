"""Algorithms on data small enough to know the answer."""

from dataclasses import replace

import numpy as np
import pytest

from recommendations.algorithms import holdout, metrics
from recommendations.algorithms.als_learning import AlsConfig
from recommendations.algorithms.base import top
from recommendations.algorithms.cooccurrence import CooccurrenceConfig
from recommendations.algorithms.fusion import fuse
from recommendations.algorithms.popularity import PopularityConfig
from recommendations.algorithms.signals import faded, strength
from tests.conformance.algorithms import checkerboard, log_of


def test_popularity__one_half_life_older__counts_half() -> None:
    log = log_of([("a", "new", 1.0, 100.0), ("b", "old", 1.0, 86.0)])
    model = PopularityConfig(half_life=14).fit(log)
    shares = dict(model.best([], 2))
    assert shares["new"] == pytest.approx(2 * shares["old"])


def test_popularity__one_eager_person__cannot_outvote_many() -> None:
    rows = [("one", "pushed", 1_000.0, 100.0)]
    rows += [(f"p{n}", "loved", 1.0, 100.0) for n in range(10)]
    assert PopularityConfig().fit(log_of(rows)).best([], 1)[0][0] == "loved"


def test_popularity__context_with_little_data__stays_near_the_whole_shop() -> None:
    rows = [(f"p{n}", "common", 1.0, 100.0) for n in range(50)] + [("q", "rare", 1.0, 100.0)]
    log = log_of(rows)
    cell = np.full(len(log), -1, dtype=np.int32)
    cell[-1] = 0
    small = replace(log, cells=("mobile",), cell=cell)
    model = PopularityConfig(prior=200).fit(small)
    assert model.best([], 1, cell="mobile")[0][0] == "common"
    eager = PopularityConfig(prior=0.01).fit(small)
    assert eager.best([], 1, cell="mobile")[0][0] == "rare"


def test_cooccurrence__known_pair__has_the_shrunk_cosine() -> None:
    log = log_of([(p, i, 1.0, 99.0) for p in "abcd" for i in ("x", "y")] + [("e", "x", 1.0, 99.0)])
    near = dict(CooccurrenceConfig(shrinkage=2.0).fit(log).related("x"))
    assert near["y"] == pytest.approx(4 / (np.sqrt(5 * 4) + 2.0))


def test_cooccurrence__one_shared_customer__ranks_below_many() -> None:
    rows = [(f"p{n}", item, 1.0, 99.0) for n in range(20) for item in ("bread", "butter")]
    rows += [("p0", "caviar", 1.0, 99.0)]
    near = [item for item, _ in CooccurrenceConfig().fit(log_of(rows)).related("bread")]
    assert near == ["butter", "caviar"]


def test_cooccurrence__horizon__counts_only_the_latest_items() -> None:
    rows = [("p", f"i{n}", 1.0, float(n)) for n in range(10)]
    model = CooccurrenceConfig(horizon=2).fit(log_of(rows))
    assert [item for item, _ in model.related("i9")] == ["i8"]
    assert model.related("i0") == []


def test_als__fold_in__agrees_with_the_trained_person() -> None:
    log = checkerboard()
    model = AlsConfig(factors=8).fit(log)
    matrix = log.matrix()
    taken = [(log.items[place], 1.0) for place in matrix[0].indices]
    best = [item for item, _ in model.best(taken, 2)]
    missing = {f"i{item:03}" for item in range(0, 20, 2)} - {item for item, _ in taken}
    assert set(best) == missing


def test_fuse__two_rankings__reward_agreement() -> None:
    scores = fuse({"a": ["x", "y"], "b": ["y", "z"]}, {"a": 1.0, "b": 1.0})
    assert list(scores) == ["y", "x", "z"]
    assert scores["y"] == 1.0


def test_fuse__source_without_weight__is_ignored() -> None:
    assert fuse({"a": ["x"], "b": ["y"]}, {"a": 1.0}) == {"x": 1.0}


def test_top__ties__come_in_the_order_of_places() -> None:
    assert top(np.array([1, 3, 3, 0, 3], dtype=np.float32), 2) == [1, 2]
    assert top(np.zeros(4, dtype=np.float32), 2) == []


def test_metrics__known_ranking__has_known_values() -> None:
    assert metrics.ndcg(["a", "b", "c"], {"a"}) == 1.0
    assert metrics.ndcg(["b", "a"], {"a"}) == pytest.approx(1 / np.log2(3))
    assert metrics.ndcg(["b"], set()) == 0.0
    assert metrics.hit(["b", "a"], {"a"}, 1) == 0.0
    assert metrics.hit(["b", "a"], {"a"}, 2) == 1.0


def test_split__any_log__teaches_nothing_from_after_the_cut() -> None:
    log = checkerboard()
    trial = holdout.split(log, share=0.3)
    assert trial.taught.day.max() <= trial.taught.now
    later = set(np.flatnonzero(log.day > trial.taught.now))
    assert len(trial.taught) == len(log) - len(later)
    assert trial.wanted
    for person, wanted in trial.wanted.items():
        assert wanted
        assert not wanted & {item for item, _ in trial.histories[person]}


def test_measure__perfect_knowledge__scores_one() -> None:
    rows = [(f"p{n}", "first", 1.0, 10.0) for n in range(6)]
    rows += [(f"p{n}", "second", 1.0, 11.0) for n in range(3)]
    rows += [(f"p{n}", "second", 1.0, 99.0) for n in range(3, 6)]
    log = log_of(rows)
    trial = holdout.split(log, share=0.2)
    found = holdout.measure(CooccurrenceConfig(shrinkage=0.1).fit(trial.taught), trial)
    assert found["people"] == 3
    assert found["ndcg@10"] == 1.0
    assert found["hr@10"] == 1.0


def test_strength__reload_button__does_not_outvote_an_order() -> None:
    assert strength(10_000, 0, 0, 0) < strength(0, 0, 1, 0)
    assert strength(0, 0, 1, 1) == 0.5
    assert faded(8.0, 30.0) == 4.0
