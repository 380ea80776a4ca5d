"""Training, the gate before the shop, and the switch to a new model.

1. What people allow to be used is read once, and cut at a moment: the part before teaches, the part
after judges. 2. Best sellers are judged first. They always go live: they are the floor. 3. Any
other algorithm goes live only if it is not worse than best sellers on people's later choices. Then
it is taught from everything, kept on disk, read back, and the pointer moves in one transaction. A
model that fails leaves the one before it in place.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max

from cdp.lib import clock, sql
from cdp.lib.errors import Problem
from recommendations.algorithms import artefact, holdout
from recommendations.algorithms.als_learning import AlsConfig
from recommendations.algorithms.base import Algorithm, Log
from recommendations.algorithms.cooccurrence import CooccurrenceConfig
from recommendations.algorithms.popularity import PopularityConfig
from recommendations.training import snapshot
from recommendations.training.models import Run, models_folder

logger = logging.getLogger(__name__)

ALGORITHMS: dict[str, Algorithm] = {
    algorithm.name: algorithm
    for algorithm in (PopularityConfig(), CooccurrenceConfig(), AlsConfig())
}
FLOOR = "popularity"
MEASURE = "ndcg@10"
KEPT = 3
"""Artefacts of each algorithm that stay on disk: a way back."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Course:
    """One training: what is known, how it is judged, how good best sellers are, whom to tell."""

    log: Log
    trial: holdout.Trial
    floor: dict[str, float]
    report: Report


def train(names: Sequence[str] = (), report: Report = lambda step: None) -> list[Run]:
    """Train these algorithms (none named: all) and return their runs, finished. One training at a
    time: a second one raises a Problem."""
    wanted = [ALGORITHMS[name] for name in ALGORITHMS if name in names or not names]
    with _alone():
        report("reading what people did")
        log = snapshot.load()
        trial = holdout.split(log)
        report("judging best sellers")
        floor = holdout.measure(ALGORITHMS[FLOOR].fit(trial.taught), trial)
        course = Course(log, trial, floor, report)
        runs = [_one(algorithm, course) for algorithm in wanted]
        _tidy()
    return runs


def _one(algorithm: Algorithm, course: Course) -> Run:
    newest = Run.objects.filter(algorithm=algorithm.name).aggregate(newest=Max("version"))
    run = Run.objects.create(
        algorithm=algorithm.name,
        version=(newest["newest"] or 0) + 1,
        parameters=algorithm.parameters(),
        snapshot=snapshot.describe(course.log) | {"judged": len(course.trial.wanted)},
        started_at=clock.now(),
    )
    try:
        _judge_and_publish(run, algorithm, course)
    except Exception as failure:
        # One algorithm's fault must not keep the others from the shop.
        logger.exception("training failed: %s", run)
        run.state, run.because = Run.State.FAILED, f"{type(failure).__name__}"
    run.finished_at = clock.now()
    run.save()
    course.report(f"{run}: {run.get_state_display().lower()}")
    return run


def _judge_and_publish(run: Run, algorithm: Algorithm, course: Course) -> None:
    if algorithm.name == FLOOR:
        run.metrics = {**course.floor, "best_sellers": course.floor[MEASURE]}
    else:
        course.report(f"judging {algorithm.name}")
        measured = holdout.measure(algorithm.fit(course.trial.taught), course.trial)
        run.metrics = {**measured, "best_sellers": course.floor[MEASURE]}
        refusal = _refusal(measured, course.floor)
        if refusal:
            run.state, run.because = Run.State.REFUSED, refusal
            return
    if not len(course.log):
        run.state, run.because = Run.State.REFUSED, "Nobody did anything yet that may be used."
        return
    course.report(f"teaching {algorithm.name}")
    model = algorithm.fit(course.log)
    run.artefact = artefact.write(models_folder(), model)
    artefact.read(models_folder(), run.artefact).best([(course.log.items[0], 1.0)], 10)
    _publish(run)


def _refusal(measured: dict[str, float], floor: dict[str, float]) -> str:
    if not measured["people"]:
        return "Nobody came back after the cut, so nothing could be measured."
    if measured[MEASURE] < floor[MEASURE]:
        return f"{measured[MEASURE]:.4f} is below the {floor[MEASURE]:.4f} of best sellers."
    return ""


def _publish(run: Run) -> None:
    with transaction.atomic():
        Run.objects.filter(algorithm=run.algorithm, state=Run.State.LIVE).update(
            state=Run.State.RETIRED
        )
        run.state, run.published_at = Run.State.LIVE, clock.now()
        run.save()


def _tidy() -> None:
    """Delete artefacts beyond the last few of each algorithm. Live ones are always kept."""
    keep: set[str] = set()
    for name in ALGORITHMS:
        made = Run.objects.filter(algorithm=name).exclude(artefact="")
        keep.update(made.order_by("-version").values_list("artefact", flat=True)[:KEPT])
        keep.update(made.filter(state=Run.State.LIVE).values_list("artefact", flat=True))
    artefact.discard(models_folder(), keep)


@contextmanager
def _alone() -> Any:
    """Hold a lock of the session, not of a transaction: training takes minutes, and a transaction
    as long would keep the database from tidying up."""
    key = "recommendations.training"
    if not sql.rows("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])[0][0]:
        raise Problem(
            "already_training", "Another training is running. Wait until it ends.", status=409
        )
    try:
        yield
    finally:
        sql.rows("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])
