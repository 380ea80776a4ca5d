"""One search for clusters: read features, group, keep the run, tell people's profiles."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import numpy as np
import structlog

from cdp.lib import clock, sql
from consent import api as consent
from profiles import api as profiles
from profiles.data import Observation
from segments.clusters import kmeans
from segments.clusters.kmeans import Grouping
from segments.clusters.models import ClusterRun
from segments.clusters.names import ATTRIBUTE, differences, names

RECENCY, FREQUENCY, MONETARY = (
    "behavioural.last_order_at",
    "behavioural.orders",
    "behavioural.revenue",
)
PIECE = 5_000

log = structlog.get_logger("segments")


def find() -> ClusterRun | None:
    """Search among people who bought and permit analytics. None where nothing can be found; what
    was found before then stays."""
    started, begun = clock.now(), time.monotonic()
    people, rows = _features(started)
    found = kmeans.group(rows) if people else None
    if found is None:
        log.info("clusters.none_found", people=len(people))
        return None
    titles = names(found.centres.tolist())
    sizes = np.bincount(found.labels, minlength=found.k)
    run = ClusterRun.objects.create(
        version=kmeans.VERSION,
        started_at=started,
        seconds=round(time.monotonic() - begun, 3),
        people=len(people),
        k=found.k,
        parameters={
            "seed": kmeans.SEED,
            "k_from": kmeans.CHOICES.start,
            "k_to": kmeans.CHOICES.stop - 1,
            "silhouette_sample": min(kmeans.SAMPLE, len(people)),
        },
        features=_described(found),
        scores=[
            {"k": k, "silhouette": round(score, 4), "inertia": round(inertia, 2)}
            for k, (score, inertia) in sorted(found.scores.items())
        ],
        clusters=[
            _cluster(found, index, title, int(sizes[index])) for index, title in enumerate(titles)
        ],
    )
    _tell(people, [titles[label] for label in found.labels.tolist()], run)
    log.info("clusters.found", run_id=run.pk, people=len(people), k=found.k)
    return run


def _features(now: Any) -> tuple[list[UUID], kmeans.Matrix]:
    surface = profiles.surface()
    last, orders, revenue = (surface.fields[name].sql for name in (RECENCY, FREQUENCY, MONETARY))
    found = sql.rows(
        f"SELECT {surface.profile_id},"  # noqa: S608
        f" (extract(epoch FROM %(now)s - ({last})) / 86400)::float8,"
        f" ({orders})::float8, ({revenue})::float8 FROM {surface.joins}"
        f" WHERE ({surface.current}) AND ({orders}) > 0 AND ({last}) IS NOT NULL"
        f" AND {consent.permits_sql(surface.profile_id, 'analytics')} ORDER BY 1",
        {"now": now},
    )
    rows = np.array([row[1:] for row in found], dtype=np.float64).reshape(-1, 3)
    return [row[0] for row in found], rows


def _described(found: Grouping) -> list[dict[str, Any]]:
    steps = ("days", "log(1 + orders)", "log(1 + revenue)")
    return [
        {
            "name": name,
            "preparation": step,
            "mean": round(float(mean), 4),
            "spread": round(float(spread), 4),
        }
        for name, step, mean, spread in zip(
            kmeans.FEATURES, steps, found.means.tolist(), found.spreads.tolist(), strict=True
        )
    ]


def _cluster(found: Grouping, index: int, title: str, size: int) -> dict[str, Any]:
    plain = kmeans.restore(found.centres[index], found.means, found.spreads)
    return {
        "name": title,
        "size": size,
        "centre": [round(float(value), 4) for value in found.centres[index]],
        "days_since_order": round(float(plain[0]), 1),
        "orders": round(float(plain[1]), 1),
        "revenue": round(float(plain[2]), 2),
        "differs": differences(found.centres[index].tolist()),
    }


def _tell(people: list[UUID], titles: list[str], run: ClusterRun) -> None:
    for start in range(0, len(people), PIECE):
        profiles.write_inferred(_observations(people, titles, run, start))


def _observations(
    people: list[UUID], titles: list[str], run: ClusterRun, start: int
) -> Iterator[Observation]:
    for profile_id, title in zip(
        people[start : start + PIECE], titles[start : start + PIECE], strict=True
    ):
        yield Observation(
            profile_id=profile_id,
            attribute=ATTRIBUTE,
            value=title,
            source="clusters",
            observed_at=run.started_at,
            rule=kmeans.VERSION,
        )
