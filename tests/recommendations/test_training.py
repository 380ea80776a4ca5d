"""Training, the gate, and the switch."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from recommendations.algorithms import artefact
from recommendations.algorithms.base import Algorithm, Floats, History, Log, Model
from recommendations.algorithms.popularity import Popularity, PopularityConfig
from recommendations.tasks import train as task
from recommendations.training import snapshot
from recommendations.training import train as training
from recommendations.training.models import Run, models_folder
from recommendations.training.train import train
from tests.recommendations.support import grant, item, person, stock, touch, two_tastes

pytestmark = pytest.mark.django_db


class Silent(Popularity):
    """Never suggests anything: what the gate is for."""

    def scores(self, history: History, cell: str = "") -> Floats:
        return np.zeros(len(self.items), dtype=np.float32)


class SilentConfig(PopularityConfig):
    name = "als"

    def fit(self, log: Log) -> Popularity:
        fitted = super().fit(log)
        return Silent(fitted.items, fitted.config, fitted.share, (), fitted.shares)


class BrokenConfig(Algorithm):
    name = "als"

    def parameters(self) -> dict[str, Any]:
        return {}

    def fit(self, log: Log) -> Model:
        raise MemoryError("too large")


def states() -> dict[str, str]:
    return dict(Run.objects.order_by("id").values_list("algorithm", "state"))


def test_train__shop_of_two_tastes__all_beat_best_sellers_and_go_live() -> None:
    two_tastes()
    runs = {run.algorithm: run for run in train()}
    assert states() == {"popularity": "live", "cooccurrence": "live", "als": "live"}
    floor = runs["popularity"].metrics["ndcg@10"]
    assert runs["als"].metrics["ndcg@10"] > floor
    assert runs["cooccurrence"].metrics["ndcg@10"] > floor
    assert runs["als"].snapshot["people"] == 24
    for run in runs.values():
        assert artefact.read(models_folder(), run.artefact).items


def test_train__worse_than_best_sellers__stays_out_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_tastes()
    monkeypatch.setitem(training.ALGORITHMS, "als", SilentConfig())
    run = next(run for run in train() if run.algorithm == "als")
    assert run.state == "refused"
    assert "best sellers" in run.because
    assert run.artefact == ""
    assert run.metrics["ndcg@10"] < run.metrics["best_sellers"]


def test_train__fault_in_one_algorithm__leaves_the_live_model_and_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two_tastes()
    train()
    before = Run.objects.get(algorithm="als", state="live")
    monkeypatch.setitem(training.ALGORITHMS, "als", BrokenConfig())
    train()
    assert Run.objects.get(algorithm="als", state="live") == before
    assert Run.objects.filter(algorithm="als").latest("id").state == "failed"
    assert Run.objects.filter(algorithm="cooccurrence").latest("id").state == "live"


def test_train__nobody_did_anything__publishes_nothing() -> None:
    assert {run.state for run in train()} == {"refused"}


def test_train__again__retires_the_old_run_and_keeps_three_artefacts(tmp_path: Path) -> None:
    two_tastes()
    for number in range(5):
        touch(person(f"late-{number}", "personalisation"), "g00", days=number)
        train(["popularity"])
    runs = list(Run.objects.order_by("version"))
    assert [run.state for run in runs] == ["retired"] * 4 + ["live"]
    assert [run.version for run in runs] == [1, 2, 3, 4, 5]
    left = {folder.name for folder in models_folder().iterdir()}
    assert left == {run.artefact for run in runs[-3:]}


def test_load__consent_missing_or_withdrawn__teaches_nothing() -> None:
    stock(item("a"))
    for name, purposes in (("yes", ["personalisation"]), ("no", ["analytics"]), ("never", [])):
        touch(person(name, *purposes), "a")
    gone = person("gone", "personalisation")
    touch(gone, "a")
    assert snapshot.load().people == 2
    grant(gone, "personalisation", granted=False)
    assert snapshot.load().people == 1


def test_load__item_taken_off_the_shelf__is_not_taught() -> None:
    stock(item("a"))
    someone = person("yes", "personalisation")
    touch(someone, "a")
    touch(someone, "never-in-the-catalogue")
    assert snapshot.load().items == ("a",)


def test_command__json__says_what_went_live(tmp_path: Path) -> None:
    two_tastes()
    out, file = StringIO(), tmp_path / "runs.json"
    call_command("train", "--algorithm", "popularity", "--json", str(file), stdout=out)
    assert "popularity 1: live" in out.getvalue()
    assert json.loads(file.read_text())[0]["state"] == "live"


def test_task__all_algorithms__trains_them() -> None:
    two_tastes()
    task.apply().get()
    assert set(states()) == {"popularity", "cooccurrence", "als"}
