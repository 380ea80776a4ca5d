"""How fast a real shop's two years of order lines are imported, and whether they agree to the cent.

Needs the public data sets (``CDP_SHARED_DATA``); without them it says so.
"""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests import embedded

FOLDER = Path(os.environ.get("CDP_SHARED_DATA", "../shared/data")) / "online_retail_uci"
COLUMNS = ["InvoiceNo", "Quantity", "UnitPrice", "CustomerID"]


def run() -> dict[str, Any]:
    """Import everything once; lines a second, and each total beside the file's own."""
    if not FOLDER.is_dir():
        return {"skipped": f"no data at {FOLDER}: set CDP_SHARED_DATA"}
    embedded.pytest_load_initial_conftests(None)  # type: ignore[arg-type]
    try:
        return _measure()
    finally:
        embedded.pytest_unconfigure(None)  # type: ignore[arg-type]


def _measure() -> dict[str, Any]:
    import django  # noqa: PLC0415  the settings need the servers' addresses

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp.settings")
    django.setup()
    from time import perf_counter  # noqa: PLC0415

    from django.core.management import call_command  # noqa: PLC0415

    from profiles.imports import run as imports  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    started = perf_counter()
    job, inputs, rules = imports.start(
        source_slug="online-retail", paths=[FOLDER], mapping_name="online-retail"
    )
    report = imports.carry_on(job, inputs, rules)
    seconds = perf_counter() - started
    found, expected = _found(), _expected()
    return {
        "rows": report.rows,
        "seconds": round(seconds, 1),
        "rows_per_second": round(report.rows / seconds),
        "agrees": found == expected,
        **{f"found {name}": str(value) for name, value in found.items()},
        **{f"in the files {name}": str(value) for name, value in expected.items()},
    }


def _found() -> dict[str, Any]:
    from cdp.lib import sql  # noqa: PLC0415

    totals = {
        kind: Decimal(amount)
        for kind, amount in sql.rows(
            "SELECT kind, sum(quantity * price) FROM profiles_event, "
            "unnest(quantities, prices) AS line(quantity, price) GROUP BY kind"
        )
    }
    return {
        "invoices": sql.rows("SELECT count(*) FROM profiles_event")[0][0],
        "lines": sql.rows("SELECT sum(cardinality(items)) FROM profiles_event")[0][0],
        "customers": sql.rows("SELECT count(*) FROM profiles_profile")[0][0],
        "ordered": totals["purchase"],
        "refunded": totals["refund"],
        "adjusted": totals.get("custom"),
    }


def _expected() -> dict[str, Any]:
    """The union of the files: an invoice that stands in both counts as the first one has it."""
    totals = {"": Decimal(0), "C": Decimal(0), "A": Decimal(0)}
    seen: set[str] = set()
    customers: set[int] = set()
    lines = 0
    for path in sorted(FOLDER.glob("*.parquet")):
        columns = pq.read_table(path, columns=COLUMNS).to_pydict()
        for invoice, quantity, price, customer in zip(*columns.values(), strict=True):
            if invoice in seen:
                continue
            lines += 1
            totals[invoice[0] if invoice[0].isalpha() else ""] += quantity * Decimal(repr(price))
            customers |= {customer} - {None}
        seen |= set(columns["InvoiceNo"])
    return {
        "invoices": len(seen),
        "lines": lines,
        "customers": len(customers),
        "ordered": totals[""],
        "refunded": -totals["C"],
        "adjusted": totals["A"],
    }
