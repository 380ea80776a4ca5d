"""Imports against the real pipeline and database."""

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from cdp.lib import sql
from profiles.imports import run
from profiles.imports.models import Job, RowError
from tests.profiles.imports import retail

pytestmark = pytest.mark.django_db(transaction=True)

INVOICES = retail.invoices()
KILLER = (
    "import pathlib, sys; from tests.profiles.imports import killer; "
    "killer.main(pathlib.Path(sys.argv[1]))"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two years that overlap in a third of their invoices."""
    retail.write(tmp_path / "year_1.parquet", retail.scattered(INVOICES[:80]))
    retail.write(tmp_path / "year_2.parquet", retail.scattered(INVOICES[40:]))
    return tmp_path


def import_folder(folder: Path, *options: str) -> dict[str, Any]:
    report = folder.parent / f"{folder.name}.json"
    call_command(
        "import_data", "shop", folder, "--mapping", "online-retail", "--json", report, *options
    )
    return dict(json.loads(report.read_text()))


class Interrupter:
    """A progress bar at which somebody presses Ctrl-C after the first chunk."""

    calls = 0

    def __call__(self, position: int) -> None:
        self.calls += 1
        if self.calls == 2:  # the first call says where the import stands
            raise KeyboardInterrupt


def stored() -> list[tuple[Any, ...]]:
    """Everything about the events that a second way of importing must equal."""
    return sql.rows(
        "SELECT message_id, kind, timestamp, node_id, profile_id, purposes, revenue, items,"
        " quantities, prices, categories FROM profiles_event ORDER BY message_id"
    )


def behaviour() -> list[tuple[Any, ...]]:
    return sql.rows("SELECT * FROM profiles_behaviour ORDER BY profile_id")


def revenue(kind: str) -> Decimal:
    found = sql.rows("SELECT sum(revenue) FROM profiles_event WHERE kind = %s", [kind])
    return Decimal(found[0][0] or 0)


def test_import__overlapping_years__every_invoice_once_and_totals_to_the_cent(
    folder: Path,
) -> None:
    import_folder(folder)
    assert len(stored()) == len(INVOICES)
    assert revenue("purchase") == retail.total(INVOICES)
    assert revenue("refund") == -retail.total(INVOICES, "C")
    assert revenue("custom") == retail.total(INVOICES, "A")


def test_import__customers__are_profiles_and_orders_without_one_belong_to_nobody(
    folder: Path,
) -> None:
    import_folder(folder)
    customers = {row["CustomerID"] for rows in INVOICES for row in rows} - {None}
    nobody = [rows for rows in INVOICES if rows[0]["CustomerID"] is None]
    profiles = sql.rows("SELECT count(*), bool_and(known) FROM profiles_profile")
    assert profiles == [(len(customers), True)]
    assert sum(row[4] is None for row in stored()) == len(nobody)


def test_import__order_without_customer__is_kept_under_service_only(folder: Path) -> None:
    import_folder(folder)
    masks = sql.rows("SELECT DISTINCT purposes FROM profiles_event WHERE profile_id IS NULL")
    assert masks == [(1,)]


def test_import__again_and_from_another_file__changes_nothing(folder: Path, tmp_path: Path) -> None:
    import_folder(folder)
    before = stored(), behaviour()
    import_folder(folder, "--again")
    other = tmp_path / "other"
    other.mkdir()
    retail.write(other / "all.parquet", retail.scattered(INVOICES))
    import_folder(other)
    assert (stored(), behaviour()) == before


def test_import__finished_content__is_not_read_again(folder: Path) -> None:
    first = import_folder(folder)
    second = import_folder(folder)
    assert Job.objects.count() == 1
    assert {**second, "seconds": 0} == {**first, "seconds": 0}


def test_import__interrupted_after_any_chunk__goes_on_and_ends_the_same(folder: Path) -> None:
    job, inputs, rules = run.start(source_slug="shop", paths=[folder], mapping_name="online-retail")

    stops = 0
    report = run.carry_on(job, inputs, rules, progress=Interrupter(), chunk_rows=60)
    while report.state == Job.State.STOPPED and stops < 50:
        stops += 1
        report = run.carry_on(job, inputs, rules, progress=Interrupter(), chunk_rows=60)
    assert (report.state, report.rows) == ("done", sum(given.rows for given in inputs))
    assert stops > 2
    assert len(stored()) == len(INVOICES)
    assert revenue("purchase") == retail.total(INVOICES)


def test_import__killed_inside_a_transaction__goes_on_without_loss_or_double(folder: Path) -> None:
    name = connection.settings_dict["NAME"]
    address = os.environ["DATABASE_URL"].partition("?")
    base = address[0].rpartition("/")[0]
    child = subprocess.run(
        [sys.executable, "-c", KILLER, str(folder)],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DATABASE_URL": f"{base}/{name}{address[1]}{address[2]}",
            "DJANGO_SETTINGS_MODULE": "cdp.settings",
        },
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    job = Job.objects.get()
    assert 0 < job.position < 200
    assert 0 < len(stored()) < len(INVOICES)
    import_folder(folder)
    assert len(stored()) == len(INVOICES)
    assert revenue("purchase") == retail.total(INVOICES)
    job.refresh_from_db()
    assert job.state == Job.State.DONE


def test_import__row_that_does_not_fit__holds_back_its_event_and_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "event,timestamp,user_id,order_id,product_id,price\n"
        "purchase,2026-05-01 10:00,ann,1,mug,4.50\n"
        "purchase,last week,bob,2,mug,4.50\n"
        "purchase,2026-05-01 11:00,cy,3,mug,cheap\n"
    )
    report = tmp_path / "report.json"
    call_command("import_data", "till", path, "--json", report)
    found = json.loads(report.read_text())
    assert found["errors"] == {"not_a_date": 1, "not_a_number": 1}
    assert (found["events"], found["rows_held_back"]) == ({"purchase": 1}, 2)
    assert list(RowError.objects.order_by("line").values_list("line", "field")) == [
        (3, "timestamp"),
        (4, "price"),
    ]
    assert "cheap" not in report.read_text()


def test_import__dry_run__counts_and_keeps_nothing(folder: Path) -> None:
    report = import_folder(folder, "--dry-run")
    assert report["state"] == "dry-run"
    assert sum(report["events"].values()) == 160  # the overlap is only found when stored
    assert (stored(), Job.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "options", [("nowhere.csv",), ("{file}", "--mapping", "no-such-mapping"), ("{empty}",)]
)
def test_import__wrong_words__say_what_to_do(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "a.csv").write_text("event,timestamp\n")
    (tmp_path / "empty").mkdir()
    words = [o.format(file=tmp_path / "a.csv", empty=tmp_path / "empty") for o in options]
    with pytest.raises(CommandError):
        call_command("import_data", "shop", *words)
    assert Job.objects.count() == 0
