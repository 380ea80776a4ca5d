"""Rows to events, without a database."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.data import Arrival, SourceInfo
from profiles.imports import documents, mapping, transforms
from profiles.imports.mapping import Placed, Rejected
from profiles.imports.transforms import BadMapping, Unfit

SOURCE = SourceInfo(source_id=1, slug="shop", kind="import", trust_rank=10)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RETAIL = documents.load("online-retail")[1]


def placed(*rows: dict[str, Any]) -> list[Placed]:
    return [Placed(number, "f.csv", number, row) for number, row in enumerate(rows, 1)]


def retail_row(**changes: Any) -> dict[str, Any]:
    row = {
        "InvoiceNo": "536365",
        "StockCode": "85123A",
        "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
        "Quantity": 6,
        "InvoiceDate": datetime(2011, 6, 1, 8, 26),  # noqa: DTZ001  files carry local times
        "UnitPrice": 2.55,
        "CustomerID": 17850,
        "Country": "United Kingdom",
    }
    return row | changes


def test_online_retail__invoice_with_two_lines__is_one_purchase() -> None:
    rows = placed(retail_row(), retail_row(StockCode="POST", Quantity=1, UnitPrice=18.0))
    event = mapping.arrival(RETAIL, rows, SOURCE, NOW)
    assert (event.kind, event.order_id, event.user_id) == ("purchase", "536365", "17850")
    assert event.revenue == Decimal("33.30")
    assert [line.category for line in event.lines] == ["candles and light", "service"]
    assert event.traits == {"address": {"country": "United Kingdom"}}
    assert event.consent == {"analytics": True, "personalisation": True}
    assert event.timestamp == datetime(2011, 6, 1, 7, 26, tzinfo=UTC)  # British summer time


def test_online_retail__cancelled_invoice__is_a_refund_of_positive_pieces() -> None:
    rows = placed(retail_row(InvoiceNo="C536379", Quantity=-2))
    event = mapping.arrival(RETAIL, rows, SOURCE, NOW)
    assert (event.kind, event.name) == ("refund", "Order Refunded")
    assert (event.lines[0].quantity, event.revenue) == (Decimal(2), Decimal("5.10"))


def test_online_retail__no_customer__has_no_one_to_belong_to() -> None:
    event = mapping.arrival(RETAIL, placed(retail_row(CustomerID=None)), SOURCE, NOW)
    assert (event.user_id, event.anonymous_id) == ("", "")


def test_online_retail__warehouse_remark__does_not_become_the_name() -> None:
    row = retail_row(Description="damaged", UnitPrice=0.0, Quantity=-4)
    assert mapping.arrival(RETAIL, placed(row), SOURCE, NOW).lines[0].name == ""


def test_arrival__one_bad_line__holds_back_the_whole_event_and_hides_the_value() -> None:
    rows = placed(retail_row(), retail_row(Quantity="six"))
    with pytest.raises(Rejected) as refusal:
        mapping.arrival(RETAIL, rows, SOURCE, NOW)
    (complaint,) = refusal.value.complaints
    assert (complaint.line, complaint.field, complaint.code) == (2, "quantity", "not_a_number")
    assert "six" not in complaint.message


def test_arrival__required_cell_empty__is_a_complaint() -> None:
    with pytest.raises(Rejected) as refusal:
        mapping.arrival(RETAIL, placed(retail_row(StockCode=" ")), SOURCE, NOW)
    assert [c.code for c in refusal.value.complaints] == ["missing"]


def test_message_id__same_row_from_another_file__is_equal() -> None:
    rules = documents.load("generic")[1]
    row = {"event": "view", "timestamp": "2026-05-31 14:00", "product_id": "a", "user_id": "u"}
    one = mapping.arrival(rules, [Placed(1, "a.csv", 2, row)], SOURCE, NOW)
    two = mapping.arrival(rules, [Placed(9, "b.csv", 7, dict(reversed(row.items())))], SOURCE, NOW)
    assert one.message_id == two.message_id


def test_generic__consent_columns__are_stated_with_the_event() -> None:
    row = {"event": "view", "timestamp": "2026-05-31", "consent_analytics": "no"}
    event = mapping.arrival(documents.load("generic")[1], placed(row), SOURCE, NOW)
    assert event.consent == {"analytics": False}


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ({"name": "x"}, "kinds"),
        ({"name": "x", "kinds": [{"kind": "view"}]}, "name"),
        ({"name": "x", "kindz": []}, "kindz"),
        (
            {"name": "x", "kinds": [{"kind": "view", "name": "V"}], "line": {"colour": "c"}},
            "colour",
        ),
        (
            {
                "name": "x",
                "kinds": [{"kind": "view", "name": "V"}],
                "event": {"user_id": {"from": "a", "steps": ["explode"]}},
            },
            "explode",
        ),
    ],
)
def test_compile_rules__wrong_document__says_where(document: dict[str, Any], word: str) -> None:
    with pytest.raises(BadMapping, match=word):
        mapping.compile_rules(document)


def test_step__decimal_comma__reads_continental_amounts() -> None:
    read = transforms.step({"do": "number", "decimal_comma": True}, {})
    assert read("1.234,50") == Decimal("1234.50")


@pytest.mark.parametrize("cell", ["", "abc", "NaN", "1e400", "inf", float("nan"), float("inf")])
def test_number__not_an_amount__is_unfit(cell: Any) -> None:
    with pytest.raises(Unfit):
        transforms.number(cell)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_number__any_amount_of_four_places__survives_text(amount: Decimal) -> None:
    assert transforms.number(str(amount)) == amount


@given(
    st.lists(
        st.tuples(st.integers(-50, 50), st.integers(0, 100_000)),
        min_size=1,
        max_size=20,
    )
)
def test_arrival__any_lines__sum_to_the_cent(pairs: list[tuple[int, int]]) -> None:
    rows = placed(*(retail_row(Quantity=n, UnitPrice=cents / 100) for n, cents in pairs))
    event = mapping.arrival(RETAIL, rows, SOURCE, NOW)
    assert event.revenue == sum((Decimal(n * cents) for n, cents in pairs), Decimal(0)) / 100


@given(st.sampled_from(sorted(retail_row())), st.text(max_size=40))
def test_arrival__any_text_in_a_cell__is_an_event_or_a_complaint(column: str, cell: str) -> None:
    outcome: object
    try:
        outcome = mapping.arrival(RETAIL, placed(retail_row(**{column: cell})), SOURCE, NOW)
    except Rejected as refusal:
        outcome = refusal
        said = " ".join(complaint.message for complaint in refusal.complaints)
        problem = bool(said)
    else:
        problem = False
    assert isinstance(outcome, Arrival) is not problem
