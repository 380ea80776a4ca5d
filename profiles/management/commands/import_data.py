"""``import_data SOURCE FILE``: files into events, profiles and catalogue by a mapping."""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cdp.lib.errors import Problem
from profiles.imports import documents, reading, run
from profiles.imports.models import Job


class Command(BaseCommand):
    """Shows progress; Ctrl-C stops it cleanly; the same command again goes on where it stopped."""

    help = "Import files by a mapping. Run it again to go on after an interruption."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="Slug of the source; made if it is new.")
        parser.add_argument("files", nargs="+", type=Path, help="Files, or folders of files.")
        parser.add_argument("--mapping", help="A mapping's name or path. Default: the source's.")
        parser.add_argument("--dry-run", action="store_true", help="Count and check, keep nothing.")
        parser.add_argument(
            "--again", action="store_true", help="Go through a finished import anew."
        )
        parser.add_argument("--json", type=Path, help="Write the report to this file, too.")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            report = self._run(options)
        except Problem as problem:
            raise CommandError(problem.message) from problem
        seconds = time.monotonic() - started
        if options["json"]:
            options["json"].write_text(json.dumps(self._as_json(report, seconds), indent=2))
        self._print(report, seconds)
        if report.state == Job.State.STOPPED:
            raise CommandError("Stopped. Run the same command again to go on.", returncode=130)

    def _run(self, options: dict[str, Any]) -> run.Report:
        slug = options["source"]
        name = options["mapping"] or (slug if documents.has(slug) else "generic")
        if options["dry_run"]:
            _, rules = documents.load(name)
            inputs = reading.inspect(options["files"])
            with self._bar(inputs) as bar:
                return run.rehearse(inputs, rules, progress=lambda at: bar.update(at - bar.n))
        job, inputs, rules = run.start(
            source_slug=slug, paths=options["files"], mapping_name=name, again=options["again"]
        )
        if job.state == Job.State.DONE:
            self.stdout.write("These files are imported already; --again goes through them anew.")
        with self._bar(inputs) as bar:
            return run.carry_on(job, inputs, rules, progress=lambda at: bar.update(at - bar.n))

    def _bar(self, inputs: list[reading.Input]) -> Any:
        return tqdm(
            total=sum(given.rows for given in inputs),
            unit=" rows",
            unit_scale=True,
            disable=None if self.stderr.isatty() else True,
            file=sys.stderr,
        )

    def _print(self, report: run.Report, seconds: float) -> None:
        write = self.stdout.write
        rate = f", {report.rows / seconds:,.0f} a second" if seconds > 1 else ""
        write(f"{report.mapping}: {report.state}; {report.rows:,} rows in {seconds:.1f} s{rate}")
        for title, counts in (
            ("events", report.events),
            ("outcome", report.outcomes),
            ("did not fit", report.errors),
        ):
            for name, count in sorted(counts.items()):
                write(f"  {title}: {name} {count:,}")
        if report.rows_held_back:
            write(f"  rows held back with their event: {report.rows_held_back:,}")
        for complaint in report.first_errors:
            write(
                f"  {complaint.file}:{complaint.line} {complaint.field} {complaint.code}: "
                f"{complaint.message}"
            )

    def _as_json(self, report: run.Report, seconds: float) -> dict[str, Any]:
        first = [
            {"file": c.file, "line": c.line, "field": c.field, "code": c.code, "message": c.message}
            for c in report.first_errors
        ]
        return {
            "mapping": report.mapping,
            "state": report.state,
            "seconds": round(seconds, 3),
            **report.counts(),
            "first_errors": first,
        }
