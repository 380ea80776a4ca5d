"""A small shop in the shape of the UCI files, made up: two years that overlap, cancellations,
adjustments, orders without a customer, lines out of order, fees among the goods."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

GOODS = [
    ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER", 2.55),
    ("22423", "REGENCY CAKESTAND 3 TIER", 12.75),
    ("20725", "LUNCH BAG RED RETROSPOT", 1.65),
    ("22086", "PAPER CHAIN KIT 50'S CHRISTMAS", 2.95),
    ("POST", "POSTAGE", 18.0),
    ("21080", "SET/20 RED RETROSPOT PAPER NAPKINS", 0.85),
]
Row = dict[str, Any]


def invoices(count: int = 120, *, seed: int = 7) -> list[list[Row]]:
    """Invoices in order of time, each a list of rows."""
    dice = random.Random(seed)
    return [_invoice(dice, number) for number in range(count)]


def _invoice(dice: random.Random, number: int) -> list[Row]:
    prefix = "C" if number % 9 == 4 else "A" if number % 50 == 30 else ""
    at = datetime(2010, 11, 1, 9) + timedelta(hours=7 * number)  # noqa: DTZ001  as in the files
    customer = None if number % 5 == 2 or prefix == "A" else 12_000 + dice.randrange(20)
    return [
        {
            "InvoiceNo": f"{prefix}{536_000 + number}",
            "StockCode": code,
            "Description": name,
            "Quantity": -dice.randrange(1, 5) if prefix == "C" else dice.randrange(-1, 24),
            "InvoiceDate": at + timedelta(minutes=dice.randrange(2)),
            "UnitPrice": -price if prefix == "A" else price,
            "CustomerID": customer,
            "Country": "EIRE" if customer == 12_001 else "United Kingdom",
        }
        for code, name, price in dice.sample(GOODS, dice.randrange(1, 4))
    ]


def scattered(chosen: Sequence[Sequence[Row]]) -> list[Row]:
    """The rows in order of day, shuffled within each day: as the files have them at their worst."""
    dice = random.Random(3)
    rows = [row for rows in chosen for row in rows]
    return sorted(rows, key=lambda row: (row["InvoiceDate"].date(), dice.random()))


def write(path: Path, rows: Sequence[Row]) -> None:
    """The rows as a Parquet file with the UCI files' columns."""
    pq.write_table(pa.Table.from_pylist(list(rows)), path, row_group_size=50)


def total(chosen: Sequence[Sequence[Row]], prefix: str = "") -> Decimal:
    """Sum of quantity times price over invoices beginning with ``prefix`` (empty: plain ones)."""
    return sum(
        (
            Decimal(row["Quantity"]) * Decimal(repr(row["UnitPrice"]))
            for rows in chosen
            for row in rows
            if row["InvoiceNo"].startswith(prefix) and (prefix or row["InvoiceNo"][0].isdigit())
        ),
        Decimal(0),
    )
