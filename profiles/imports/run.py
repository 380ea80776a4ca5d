"""Running an import: the events of some rows and the position after them, in one transaction."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from cdp.lib import clock
from cdp.lib.errors import Problem
from profiles import pipeline
from profiles.data import Arrival, SourceInfo
from profiles.events.models import Source
from profiles.imports import documents, mapping, reading
from profiles.imports.mapping import Complaint, Placed, Rejected, Rules
from profiles.imports.models import Job, RowError

CHUNK_ROWS = 20_000
"""Rows read per transaction: about a thousand invoices, a second's work to repeat after a kill."""
SHOWN = 10
IMPORT_RANK = 10
"""Of two claims about a person the live one outranks the file's."""

Progress = Callable[[int], object]


@dataclass(slots=True)
class Report:
    """What an import did. ``events`` counts by kind, ``revenue`` sums by kind, ``outcomes`` is the
    pipeline's own count; ``first_errors`` are a few of ``errors`` to look at."""

    mapping: str
    state: str = "dry-run"
    rows: int = 0
    rows_held_back: int = 0
    events: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    first_errors: list[Complaint] = field(default_factory=list)

    def counts(self) -> dict[str, Any]:
        """JSON-ready, as kept with the job."""
        return {
            "rows": self.rows,
            "rows_held_back": self.rows_held_back,
            "events": dict(self.events),
            "outcomes": dict(self.outcomes),
            "errors": dict(self.errors),
        }

    def take_up(self, counts: dict[str, Any]) -> None:
        """Go on counting from where a stopped import was."""
        self.rows = counts.get("rows", 0)
        self.rows_held_back = counts.get("rows_held_back", 0)
        for name in ("events", "outcomes", "errors"):
            getattr(self, name).update(counts.get(name, {}))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows whose events are stored together, and how far the files are read after them."""

    arrivals: tuple[Arrival, ...]
    complaints: tuple[Complaint, ...]
    rows: int
    held_back: int
    position: int


def start(
    *, source_slug: str, paths: Sequence[Path], mapping_name: str, again: bool = False
) -> tuple[Job, list[reading.Input], Rules]:
    """The job for this content, new or taken up again. ``again`` goes through a finished one anew,
    which changes nothing in the events: their ids are the same."""
    inputs = reading.inspect(paths)
    raw, rules = documents.load(mapping_name)
    content = hashlib.blake2b(raw, digest_size=20)
    for given in inputs:
        content.update(given.digest.encode())
    job, _ = Job.objects.get_or_create(
        source=_source(source_slug),
        content=content.hexdigest(),
        defaults={
            "mapping": rules.name,
            "files": [given.path.name for given in inputs],
        },
    )
    if job.state == Job.State.DONE and again:
        RowError.objects.filter(job=job).delete()
        job.state, job.position, job.counts, job.finished_at = Job.State.RUNNING, 0, {}, None
        job.save()
    return job, inputs, rules


def carry_on(
    job: Job,
    inputs: Sequence[reading.Input],
    rules: Rules,
    *,
    progress: Progress = bool,
    chunk_rows: int = CHUNK_ROWS,
) -> Report:
    """Import what is left. Interrupted anywhere, the next call goes on without loss or double."""
    report = _report_of(job)
    if job.state == Job.State.DONE:
        return report
    progress(job.position)
    source = _info(job.source)
    try:
        for chunk in _chunks(inputs, rules, source, job.position, chunk_rows):
            _store(job, chunk, report)
            progress(chunk.position)
    except KeyboardInterrupt:
        job.refresh_from_db()
        job.state = Job.State.STOPPED
        job.save(update_fields=["state"])
        return _report_of(job)
    job.state, job.finished_at = Job.State.DONE, clock.now()
    job.save(update_fields=["state", "finished_at"])
    report.state = job.state
    return report


def _report_of(job: Job) -> Report:
    report = Report(job.mapping, state=job.state)
    report.take_up(job.counts)
    report.first_errors = [
        Complaint(row.file, row.line, row.field, row.code, row.message)
        for row in job.errors.order_by("id")[:SHOWN]
    ]
    return report


def rehearse(inputs: Sequence[reading.Input], rules: Rules, *, progress: Progress = bool) -> Report:
    """Read and map everything, keep nothing."""
    report = Report(rules.name)
    nobody = SourceInfo(source_id=0, slug="dry-run", kind="import", trust_rank=0)
    for chunk in _chunks(inputs, rules, nobody, 0, CHUNK_ROWS):
        _count(report, chunk, {})
        progress(chunk.position)
    return report


def _store(job: Job, chunk: Chunk, report: Report) -> None:
    with transaction.atomic():
        current = Job.objects.select_for_update().get(pk=job.pk)
        if current.position != job.position:
            raise Problem(
                "import_moved", "Another process carries this import on. Wait until it has ended."
            )
        outcomes = pipeline.process(chunk.arrivals) if chunk.arrivals else {}
        RowError.objects.bulk_create(
            RowError(
                job=job,
                file=c.file[:200],
                line=c.line,
                field=c.field[:60],
                code=c.code,
                message=c.message,
            )
            for c in chunk.complaints
        )
        _count(report, chunk, outcomes)
        job.position, job.counts, job.state = chunk.position, report.counts(), Job.State.RUNNING
        job.save(update_fields=["position", "counts", "state"])


def _count(report: Report, chunk: Chunk, outcomes: Any) -> None:
    report.rows += chunk.rows
    report.rows_held_back += chunk.held_back
    report.events.update(arrival.kind for arrival in chunk.arrivals)
    report.outcomes.update(outcomes)
    report.errors.update(complaint.code for complaint in chunk.complaints)
    report.first_errors.extend(chunk.complaints[: SHOWN - len(report.first_errors)])


def _chunks(
    inputs: Sequence[reading.Input],
    rules: Rules,
    source: SourceInfo,
    position: int,
    chunk_rows: int,
) -> Iterator[Chunk]:
    """Whole blocks, gathered to about ``chunk_rows`` rows."""
    gathering = _Gathering(rules, source, clock.now())
    for block in _blocks(itertools.islice(reading.rows(inputs), position, None), rules):
        gathering.add(block)
        if gathering.rows >= chunk_rows:
            position += gathering.rows
            yield gathering.chunk(position)
            gathering = _Gathering(rules, source, gathering.received_at)
    if gathering.rows:
        yield gathering.chunk(position + gathering.rows)


@dataclass(slots=True)
class _Gathering:
    """Blocks on their way into a chunk."""

    rules: Rules
    source: SourceInfo
    received_at: datetime
    arrivals: list[Arrival] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    rows: int = 0
    held_back: int = 0

    def add(self, block: Sequence[Placed | Complaint]) -> None:
        self.rows += len(block)
        unread = [row for row in block if isinstance(row, Complaint)]
        self.complaints.extend(unread)
        self.held_back += len(unread)
        for rows in _groups(self.rules, [row for row in block if isinstance(row, Placed)]):
            try:
                self.arrivals.append(
                    mapping.arrival(self.rules, rows, self.source, self.received_at)
                )
            except Rejected as refusal:
                self.complaints.extend(refusal.complaints)
                self.held_back += len(rows)

    def chunk(self, position: int) -> Chunk:
        return Chunk(
            tuple(self.arrivals), tuple(self.complaints), self.rows, self.held_back, position
        )


def _blocks(rows: Iterable[Placed | Complaint], rules: Rules) -> Iterator[list[Placed | Complaint]]:
    """Rows that may hold parts of one event. Without grouping each row is a block of its own."""
    block: list[Placed | Complaint] = []
    current: tuple[str, str] | None = None
    grouped = bool(rules.group_by or rules.block_by)
    for row in rows:
        if isinstance(row, Placed):
            key = (row.file, mapping.block_key(rules, row.row))
            if block and (not grouped or key != current) and current is not None:
                yield block
                block = []
            current = key
        block.append(row)
    if block:
        yield block


def _groups(rules: Rules, block: Sequence[Placed]) -> Iterable[list[Placed]]:
    if not rules.group_by:
        return [[row] for row in block]
    groups: dict[str, list[Placed]] = {}
    for row in block:
        groups.setdefault(mapping.group_key(rules, row.row), []).append(row)
    return groups.values()


def _source(slug: str) -> Source:
    source, _ = Source.objects.get_or_create(
        slug=slug,
        defaults={
            "name": slug.replace("-", " ").capitalize(),
            "kind": Source.Kind.IMPORT,
            "trust_rank": IMPORT_RANK,
        },
    )
    return source


def _info(source: Source) -> SourceInfo:
    return SourceInfo(
        source_id=source.pk,
        slug=source.slug,
        kind=source.kind,
        trust_rank=source.trust_rank,
        allowed_origins=tuple(source.allowed_origins),
    )
