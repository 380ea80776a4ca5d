"""``/api/v1/catalog/items``: the shop's products in, out and away."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cdp.lib.errors import Problem
from cdp.lib.paging import Cursor
from recommendations.catalog import writing
from recommendations.catalog.models import Item as Row
from recommendations.data import Item

Short = Annotated[str, msgspec.Meta(max_length=200)]
Long = Annotated[str, msgspec.Meta(max_length=2_000)]
MOST_FAULTS = 100


class ItemIn(msgspec.Struct, forbid_unknown_fields=True):
    """One item as a shop sends it. ``category`` is a path from the root down, as a list or as one
    text with ``>`` between the steps."""

    item_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    name: Annotated[str, msgspec.Meta(max_length=500)] = ""
    category: Annotated[list[Short], msgspec.Meta(max_length=10)] | Long = ""
    brand: Short = ""
    price: Annotated[Decimal, msgspec.Meta()] | None = None
    currency: Annotated[str, msgspec.Meta(max_length=10)] = ""
    image_url: Long = ""
    url: Long = ""
    tags: Annotated[list[Short], msgspec.Meta(max_length=50)] = []
    in_stock: bool = True
    available_from: datetime | None = None
    available_until: datetime | None = None
    extra: dict[str, Any] = {}


class ItemOut(serializers.ModelSerializer[Row]):
    """One item as it stands."""

    price = serializers.FloatField(allow_null=True)

    class Meta:
        model = Row
        fields = [
            "item_id",
            "name",
            "category",
            "brand",
            "price",
            "currency",
            "image_url",
            "url",
            "tags",
            "in_stock",
            "available_from",
            "available_until",
            "extra",
            "learned",
            "updated_at",
        ]


class Items(APIView):
    """The catalogue."""

    scope = "catalog"

    @extend_schema(
        operation_id="catalog_items_list",
        parameters=[
            OpenApiParameter("category", str, description="Any step of the category path."),
            OpenApiParameter("search", str, description="Part of the name, or an item id."),
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses={200: ItemOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """List the items on the shelf, newest first."""
        pages = Cursor()
        page = pages.paginate_queryset(self._wanted(request), request, view=self)
        return pages.get_paginated_response(list(ItemOut(page, many=True).data))

    @extend_schema(
        operation_id="catalog_items_upsert",
        request={
            "application/json": OpenApiTypes.ANY,
            "application/x-ndjson": OpenApiTypes.STR,
        },
        responses={200: OpenApiTypes.OBJECT},
        description="A JSON list of items, or one item per line (JSON Lines). All or nothing.",
    )
    def post(self, request: Request) -> Response:
        """Insert or replace items by ``item_id``."""
        written = writing.upsert(parse(_body(request), request.content_type or ""))
        return Response({"success": True, "upserted": written})

    @extend_schema(
        operation_id="catalog_items_delete",
        parameters=[OpenApiParameter("item_id", str, many=True, required=True)],
        responses={200: OpenApiTypes.OBJECT},
    )
    def delete(self, request: Request) -> Response:
        """Take items off the shelf: ``?item_id=a&item_id=b``. Past orders keep their names."""
        wanted = [_clean(item_id) for item_id in request.query_params.getlist("item_id")]
        if not wanted:
            raise _problem([{"field": "item_id", "message": "Name at least one item."}])
        return Response({"success": True, "deleted": writing.delete(wanted)})

    def _wanted(self, request: Request) -> QuerySet[Row]:
        living = Row.objects.filter(deleted_at__isnull=True)
        category = _clean(request.query_params.get("category", ""))
        search = _clean(request.query_params.get("search", ""))
        if category:
            living = living.filter(category__contains=[category])
        if search:
            living = living.filter(Q(name__icontains=search) | Q(item_id=search))
        return living


def parse(body: bytes, content_type: str = "") -> list[Item]:
    """The items of a body. Raises a Problem naming every item and field at fault."""
    items, faults = [], []
    for place, raw in enumerate(_documents(body, content_type)):
        try:
            items.append(_item(msgspec.convert(raw, ItemIn, strict=False)))
        except (msgspec.ValidationError, ValueError) as failure:
            faults.append({"field": f"[{place}]", "message": str(failure)[:300]})
            if len(faults) >= MOST_FAULTS:
                break
    if faults:
        raise _problem(faults)
    return items


def _documents(body: bytes, content_type: str) -> list[Any]:
    lines = "ndjson" in content_type or "jsonl" in content_type or "json-lines" in content_type
    try:
        if lines:
            return list(msgspec.json.Decoder(type=Any).decode_lines(body))
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as failure:
        raise Problem("malformed_json", "Send a JSON list of items or JSON Lines.") from failure
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise Problem("malformed_json", "Send a JSON list of items or JSON Lines.")
    return found


def _item(given: ItemIn) -> Item:
    _refuse_nul(msgspec.to_builtins(given))
    if given.price is not None and not (given.price.is_finite() and 0 <= given.price < 10**12):
        raise ValueError("price: send a number from 0 to 1,000,000,000,000")
    for name in ("available_from", "available_until"):
        moment = getattr(given, name)
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"{name}: say the time zone, as in 2026-05-01T09:00:00Z")
    path = given.category if isinstance(given.category, list) else writing.path_of(given.category)
    return Item(
        item_id=given.item_id,
        name=given.name,
        category=tuple(path),
        brand=given.brand,
        price=given.price,
        currency=given.currency,
        image_url=given.image_url,
        url=given.url,
        in_stock=given.in_stock,
        tags=tuple(given.tags),
        extra=given.extra,
        available_from=given.available_from,
        available_until=given.available_until,
    )


def _refuse_nul(value: Any) -> None:
    """PostgreSQL keeps no NUL in texts; better a clear refusal than a silent change."""
    if isinstance(value, str) and "\0" in value:
        raise ValueError("leave out the NUL character")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_nul(key)
            _refuse_nul(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_nul(inner)


def _clean(text: str) -> str:
    if "\0" in text:
        raise _problem([{"field": "address", "message": "Leave out the NUL character."}])
    return text


def _body(request: Request) -> bytes:
    try:
        return bytes(request._request.body)
    except RequestDataTooBig as failure:
        raise Problem("too_large", "Send at most 5 MB at once.", status=413) from failure


def _problem(faults: list[dict[str, Any]]) -> Problem:
    return Problem(
        "invalid_request",
        "Correct the items named in errors and send all of them again.",
        errors=faults,
    )
