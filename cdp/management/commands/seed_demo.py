"""``seed_demo``: an invented shop with its people, ready to look at. Demo mode only."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cdp.demo import seed


class Command(BaseCommand):
    """A second run does nothing; an interrupted one is carried on."""

    help = "Fill an empty demonstration with an invented shop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=2_000, help="How many people to invent.")
        parser.add_argument("--json", type=Path, help="Write what was made to this file, too.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's keys are public: set CDP_DEMO=1, or import real data.")
        if options["people"] < 1:
            raise CommandError("--people must be 1 or more.")
        if seed.is_seeded():
            self.stdout.write("The demo shop is there already.")
            self._write_json(options, {"items": 0, "people": 0, "messages": 0, "seconds": 0})
            return
        started = time.monotonic()
        with tqdm(unit=" messages", file=self.stderr, disable=not self.stderr.isatty()) as bar:
            made = seed.seed(
                count=options["people"],
                say=lambda words: self.stdout.write(f"Seeding: {words}"),
                total=bar.reset,
                progress=bar.update,
            )
        seconds = round(time.monotonic() - started, 1)
        self.stdout.write(
            f"Seeded {made.items:,} items, {made.people:,} people and {made.messages:,} messages "
            f"in {seconds} s."
        )
        counts = {"items": made.items, "people": made.people, "messages": made.messages}
        self._write_json(options, counts | {"seconds": seconds})

    def _write_json(self, options: dict[str, Any], report: dict[str, Any]) -> None:
        if options["json"]:
            options["json"].write_text(json.dumps(report, indent=2))
