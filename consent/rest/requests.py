"""``/api/v1/privacy/requests/``: asking for a copy or for deletion on a person's behalf."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cdp.lib.errors import Problem
from consent import tasks
from consent.access.authentication import caller
from consent.requests import ask, receipts
from consent.requests.models import Receipt
from consent.requests.models import Request as Row
from consent.requests.run import unpack
from consent.rest.fields import Person, Text


class RequestIn(Person):
    """A request, and how the shop knows that it comes from this person."""

    kind = serializers.ChoiceField(choices=Row.Kind.choices)
    evidence = Text(
        max_length=100, required=False, default="", help_text="How you know it is this person."
    )


class RequestOut(serializers.ModelSerializer[Row]):
    """Where a request stands. Nothing in it names the person."""

    class Meta:
        model = Row
        fields = [
            "id",
            "reference",
            "kind",
            "state",
            "regulation",
            "received_at",
            "due_on",
            "confirmed_at",
            "decided_at",
            "finished_at",
            "reason",
        ]


class ReceiptOut(serializers.Serializer[Any]):
    """The signed proof, as ``manage.py verify_receipt`` reads it."""

    body = serializers.DictField()
    signature = serializers.CharField()
    public_key = serializers.CharField()


class Requests(APIView):
    """Hand in a request."""

    scope = "privacy"

    @extend_schema(request=RequestIn, responses={201: RequestOut})
    def post(self, request: Request) -> Response:
        """You vouch for who asks: a copy is made at once, deletion waits for a member of staff."""
        asked = RequestIn(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        row = ask.vouched_for(
            data["kind"],
            data["type"],
            data["value"],
            evidence=f"{caller(request)}: {data['evidence'] or 'vouched for'}"[:100],
        )
        tasks.start(row.pk)
        return Response(RequestOut(row).data, status=201)


class RequestStatus(APIView):
    """One request."""

    scope = "privacy"

    @extend_schema(responses=RequestOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Where it stands and when it is due."""
        return Response(RequestOut(_row(pk)).data)


class RequestReceipt(APIView):
    """The proof of a finished request."""

    scope = "privacy"

    @extend_schema(responses=ReceiptOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """404 until the request is done."""
        receipt = Receipt.objects.filter(request=_row(pk)).first()
        if receipt is None:
            raise Problem(
                "not_ready", "There is no receipt before the request is done.", status=404
            )
        return Response(receipts.document(receipt))


class RequestCopy(APIView):
    """The copy of a person's data."""

    scope = "privacy"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """The finished copy as JSON, for seven days."""
        copy = unpack(_row(pk))
        if copy is None:
            raise Problem("not_ready", "There is no copy: not done yet, or gone.", status=404)
        headers = {"Cache-Control": "no-store"}
        return HttpResponse(copy, content_type="application/json", headers=headers)


def _row(pk: UUID) -> Row:
    row = Row.objects.filter(pk=pk).first()
    if row is None:
        raise Problem("not_found", "There is no such request.", status=404)
    return row
