"""On real shops: what people took later is foreseen better than by best sellers."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from recommendations.algorithms import holdout
from recommendations.algorithms.als_learning import AlsConfig
from recommendations.algorithms.base import Log
from recommendations.algorithms.cooccurrence import CooccurrenceConfig
from recommendations.algorithms.popularity import PopularityConfig
from recommendations.algorithms.signals import strength

SHARED = Path(os.environ.get("CDP_SHARED_DATA", "../shared/data"))
RETAIL = SHARED / "online_retail_uci" / "online_retail_2010_2011.parquet"
CLICKS = SHARED / "rees46_electronics_2021" / "events_2021_01_02.parquet"
PLACES = {"view": 0, "cart": 1, "purchase": 2}

Row = tuple[int, str, int, datetime]


def read(file: Path, columns: list[str]) -> list[tuple[object, ...]]:
    """Rows of a file, or a skip that says what is missing."""
    if not file.exists():
        pytest.skip(f"{file} is not there")
    table = pq.read_table(file, columns=columns).to_pydict()
    return list(zip(*(table[name] for name in columns), strict=True))


def log_of(rows: Iterable[Row]) -> Log:
    """A log of (person, item, place of the counter, moment) rows."""
    counts: dict[tuple[int, str], list[int]] = {}
    last: dict[tuple[int, str], float] = {}
    for person, item, place, moment in rows:
        key = person, item
        counts.setdefault(key, [0, 0, 0, 0])[place] += 1
        last[key] = max(last.get(key, 0.0), moment.timestamp() / 86_400)
    keys = sorted(counts)
    people = {person: index for index, person in enumerate(sorted({key[0] for key in keys}))}
    items = tuple(sorted({key[1] for key in keys}))
    places = {item: index for index, item in enumerate(items)}
    return Log(
        items=items,
        people=len(people),
        person=np.array([people[key[0]] for key in keys], dtype=np.int32),
        item=np.array([places[key[1]] for key in keys], dtype=np.int32),
        strength=np.array([strength(*counts[key]) for key in keys], dtype=np.float32),
        day=np.array([last[key] for key in keys]),
        now=max(last.values()),
    )


def retail() -> Log:
    """Orders of a gift retailer; cancellations and orders without a customer left out."""
    columns = ["CustomerID", "StockCode", "Quantity", "InvoiceDate"]
    rows = read(RETAIL, columns)
    return log_of((r[0], str(r[1]), 2, r[3]) for r in rows if r[0] is not None and r[2] > 0)  # type: ignore[operator,misc]


def clicks() -> Log:
    """Sessions of an electronics shop, a session standing for a person."""
    columns = ["user_session", "product_id", "event_type", "event_time"]
    rows = read(CLICKS, columns)
    return log_of((r[0], str(r[1]), PLACES[str(r[2])], r[3]) for r in rows)  # type: ignore[misc]


@pytest.mark.parametrize("shop", [retail, clicks])
def test_measure__real_shop__als_and_cooccurrence_beat_best_sellers(shop: object) -> None:
    trial = holdout.split(shop())  # type: ignore[operator]
    found = {
        algorithm.name: holdout.measure(algorithm.fit(trial.taught), trial)["ndcg@10"]
        for algorithm in (PopularityConfig(), CooccurrenceConfig(), AlsConfig())
    }
    assert found["cooccurrence"] > 1.1 * found["popularity"]
    assert found["als"] > 1.1 * found["popularity"]
