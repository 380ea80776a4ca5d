"""``manage.py train``: train and gate models."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cdp.lib.errors import Problem
from recommendations.training.models import Run
from recommendations.training.train import ALGORITHMS, train


class Command(BaseCommand):
    """Trains, says what went live and why the rest did not."""

    help = "Train recommendation models; only those not worse than best sellers go live."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--algorithm", action="append", choices=sorted(ALGORITHMS), default=[])
        parser.add_argument("--json", type=Path, help="also write the result to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = options["algorithm"] or list(ALGORITHMS)
        with tqdm(total=3 * len(chosen) + 2, unit="step", disable=None) as bar:

            def report(step: str) -> None:
                bar.set_description(step)
                bar.update()

            try:
                runs = train(options["algorithm"], report)
            except Problem as problem:
                raise CommandError(problem.message) from problem
        for run in runs:
            self.stdout.write(self._sentence(run))
        if options["json"]:
            options["json"].write_text(json.dumps([_plain(run) for run in runs], indent=2))

    def _sentence(self, run: Run) -> str:
        counts = run.snapshot
        quality = f", NDCG@10 {run.metrics['ndcg@10']:.4f}" if run.metrics else ""
        because = f" ({run.because})" if run.because else ""
        return (
            f"{run}: {run.get_state_display().lower()}{because}; {counts['people']} people, "
            f"{counts['items']} items, {counts['interactions']} interactions{quality}"
        )


def _plain(run: Run) -> dict[str, Any]:
    return {
        "algorithm": run.algorithm,
        "version": run.version,
        "state": run.state,
        "because": run.because,
        "artefact": run.artefact,
        "parameters": run.parameters,
        "snapshot": run.snapshot,
        "metrics": run.metrics,
    }
