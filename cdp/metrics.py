"""Numbers for Prometheus, asked of the database at each scrape.

Counters kept in the processes would be each worker's own, and lost with it; the tables know the
truth for any number of processes.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from cdp.health import PARTS
from cdp.lib import sql
from profiles import api as profiles

Labelled = Mapping[str, float]


@dataclass(frozen=True)
class Number:
    """One metric: its name, what it means, the label of its parts ("" for none), where to ask."""

    name: str
    meaning: str
    label: str
    ask: Callable[[], Labelled]
    counts_up: bool = False


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. A number that cannot be had is left out and counted as failed."""
    registry = CollectorRegistry()
    registry.register(_Collector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Collector:
    def collect(self) -> Iterable[Metric]:
        failed = 0
        started = time.monotonic()
        for number in NUMBERS:
            try:
                with transaction.atomic():
                    values = number.ask()
            except DatabaseError:
                failed += 1
                continue
            yield _family(number, values)
        yield GaugeMetricFamily("cdp_scrape_failed", "Numbers that could not be had.", failed)
        took = time.monotonic() - started
        yield GaugeMetricFamily("cdp_scrape_seconds", "What asking for them took.", took)


def _family(number: Number, values: Labelled) -> Metric:
    kind = CounterMetricFamily if number.counts_up else GaugeMetricFamily
    family = kind(number.name, number.meaning, labels=[number.label] if number.label else [])
    for label, value in sorted(values.items()):
        family.add_metric([label] if number.label else [], value)
    return family


def _profiles() -> Labelled:
    ((number,),) = sql.rows("SELECT count(*) FROM profiles_profile WHERE merged_into_id IS NULL")
    return {"": number}


def _open_requests() -> Labelled:
    query = "SELECT kind, count(*) FROM consent_request WHERE state <> ALL(%s) GROUP BY kind"
    return {str(kind): float(number) for kind, number in sql.rows(query, [["done", "denied"]])}


def _parts() -> Labelled:
    return {name: float(not part()) for name, part in PARTS.items() if name != "database"}


def _oldest_transaction() -> Labelled:
    query = """
        SELECT COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(xact_start)), 0)::float8
        FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
    """
    ((seconds,),) = sql.rows(query)
    return {"": seconds}


NUMBERS = (
    Number(
        "cdp_inbox_oldest_age_seconds",
        "Age of the oldest accepted request that is not digested.",
        "",
        lambda: {"": profiles.digest_lag()},
    ),
    Number(
        "cdp_inbox_rows",
        "Accepted requests that are not digested.",
        "",
        lambda: {"": profiles.waiting()},
    ),
    Number(
        "cdp_receipts",
        "Events by what became of them.",
        "outcome",
        profiles.outcomes,
        counts_up=True,
    ),
    Number(
        "cdp_quarantine_rows",
        "Events set aside because nobody could read them.",
        "",
        lambda: {"": profiles.quarantined()},
    ),
    Number("cdp_profiles", "Living profiles.", "", _profiles),
    Number("cdp_privacy_requests_open", "Open privacy requests by kind.", "kind", _open_requests),
    Number("cdp_ready", "1 where the part is fit to serve.", "part", _parts),
    Number(
        "cdp_database_oldest_transaction_seconds",
        "Age of the oldest open transaction; old ones keep dead rows alive.",
        "",
        _oldest_transaction,
    ),
)
"""Everything that is measured."""
