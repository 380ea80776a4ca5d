"""This app's work in the background, thin: each task calls the function that does it."""

from celery import shared_task

from cdp.lib.errors import Problem
from recommendations.training.train import train as train_models


@shared_task(name="recommendations.tasks.train", ignore_result=True)
def train(algorithms: list[str] | None = None) -> None:
    """Train all algorithms, or these. Where a training runs already, its result will do."""
    try:
        train_models(algorithms or ())
    except Problem as problem:
        if problem.code != "already_training":
            raise
