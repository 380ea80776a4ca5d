"""``manage.py digest``: the process that turns accepted requests into profiles."""

import json
import logging
import signal
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from cdp.lib import sql
from profiles import pipeline
from profiles.events import inbox

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 0.02, 0.25
"""Seconds between two looks into an empty inbox: doubled while it stays empty."""

REPORT_SECONDS = 60.0


class Command(BaseCommand):
    help = "Digest accepted requests until SIGTERM or Ctrl-C, which end it after the present batch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Digest what waits, then end.")
        parser.add_argument("--json", metavar="FILE", help="Write the counts to a file as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        inbox.tidy()
        if options["once"]:
            total: Mapping[str, int] = pipeline.digest_available()
        else:
            total = Loop().run()
        if options["json"]:
            Path(options["json"]).write_text(json.dumps(total, sort_keys=True) + "\n")
        told = ", ".join(f"{name} {number}" for name, number in sorted(total.items()))
        self.stdout.write(f"Digested: {told or 'nothing waited'}.")


class Loop:
    """Digests, rests while there is nothing, and reports numbers once a minute."""

    def __init__(self) -> None:
        self.digest = pipeline.Digest()
        self.total: Counter[str] = Counter()
        self.since_report: Counter[str] = Counter()
        self.ended = False
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)

    def run(self) -> Mapping[str, int]:
        """Until a signal; returns the counts of the whole run."""
        rest, report_at = SHORTEST, time.monotonic() + REPORT_SECONDS
        while not self.ended:
            counts = self._once()
            self.since_report.update(counts)
            rest = SHORTEST if counts else min(rest * 2, LONGEST)
            if not counts and not self.ended:
                time.sleep(rest)
            if time.monotonic() >= report_at:
                self._report()
                report_at = time.monotonic() + REPORT_SECONDS
        self._report()
        return dict(self.total)

    def _once(self) -> Mapping[str, int]:
        """One batch. The database being away is no reason to end: it comes back."""
        close_old_connections()
        try:
            return self.digest.once()
        except DatabaseError as failure:
            if not sql.is_transient(failure) and failure.__cause__ is not None:
                log.exception("digest: the database refused a batch; it is tried again")
            else:
                log.warning("digest: the database is away")
            time.sleep(1)
            return {}

    def _report(self) -> None:
        self.total.update(self.since_report)
        if self.since_report:
            log.info("digest: %s", json.dumps(dict(self.since_report), sort_keys=True))
        self.since_report.clear()

    def _end(self, signum: int, frame: FrameType | None) -> None:
        self.ended = True
