"""``/api/v1/consents/``: what a person allows, and recording what they choose."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cdp.lib.errors import Problem
from consent.access.authentication import caller
from consent.data import Decision, Evidence, Record
from consent.ledger.choose import choose
from consent.ledger.history import decisions, history
from consent.ledger.purposes import current_notice
from consent.requests.holders import subject_of
from consent.rest.fields import Text


class Whose(serializers.Serializer[Any]):
    """A subject id, or any identifier."""

    subject = serializers.UUIDField(required=False)
    type = Text(max_length=20, required=False)
    value = Text(max_length=500, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "subject" not in attrs and not ("type" in attrs and "value" in attrs):
            raise serializers.ValidationError("Name the person: subject, or type and value.")
        return attrs


class Choice(Whose):
    """Choices of one person about any number of purposes."""

    purposes = serializers.DictField(child=serializers.BooleanField(), allow_empty=False)
    occurred_at = serializers.DateTimeField(required=False)
    notice_version = Text(max_length=40, required=False, default="")
    source = Text(max_length=60, required=False, default="")  # type: ignore[assignment]


class DecisionOut(serializers.Serializer[Any]):
    """What holds for one purpose."""

    purpose = serializers.CharField()
    permitted = serializers.BooleanField()
    because = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    notice_version = serializers.CharField()


class RecordOut(serializers.Serializer[Any]):
    """One line of the ledger."""

    sequence = serializers.IntegerField()
    purpose = serializers.CharField()
    granted = serializers.BooleanField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    evidence = serializers.ChoiceField(choices=[e.value for e in Evidence])
    source = serializers.CharField()  # type: ignore[assignment]
    explicit = serializers.BooleanField()
    notice_version = serializers.CharField()


class ConsentsOut(serializers.Serializer[Any]):
    """One person's decisions and the whole ledger behind them."""

    subject = serializers.UUIDField()
    decisions = DecisionOut(many=True)
    history = RecordOut(many=True)


class Consents(APIView):
    """Read and record consent."""

    scope = "consents"

    @extend_schema(
        parameters=[
            OpenApiParameter("subject", UUID, description="A subject id (a profile's id)."),
            OpenApiParameter("type", str, description="Kind of identifier, such as user_id."),
            OpenApiParameter("value", str, description="The identifier."),
        ],
        responses=ConsentsOut,
    )
    def get(self, request: Request) -> Response:
        """The decisions that hold for a person and the acts behind them. For someone who never
        chose, only what needs no consent is permitted."""
        asked = Whose(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(_state(_subject(asked.validated_data)))

    @extend_schema(request=Choice, responses={201: ConsentsOut})
    def post(self, request: Request) -> Response:
        """Record deliberate choices, made on your side by a person you know. Works for people who
        are not stored yet: the choice waits for them."""
        asked = Choice(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        subject = _subject(data)
        choose(
            subject,
            data["purposes"],
            evidence=Evidence.AUTHENTICATED,
            source=data["source"] or f"api: {caller(request)}"[:100],
            notice_version=data["notice_version"] or current_notice(),
            occurred_at=data.get("occurred_at"),
        )
        return Response(_state(subject), status=201)


def _subject(data: dict[str, Any]) -> UUID:
    subject = data.get("subject") or subject_of(data["type"], data["value"])
    if subject is None:
        raise Problem(
            "unknown_identifier",
            "No identifier of this type can have this value.",
            errors=[{"field": "value", "message": "Not an identifier of this type."}],
        )
    return subject


def _state(subject: UUID) -> dict[str, Any]:
    return {
        "subject": str(subject),
        "decisions": [_decision(decision) for decision in decisions(subject)],
        "history": [_record(record) for record in history(subject)],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    act = decision.record.act if decision.record else None
    return {
        "purpose": decision.purpose,
        "permitted": decision.permitted,
        "because": decision.because,
        "since": act.occurred_at if act else None,
        "notice_version": act.notice_version if act else "",
    }


def _record(record: Record) -> dict[str, Any]:
    act = record.act
    return {
        "sequence": record.sequence,
        "purpose": act.purpose,
        "granted": act.granted,
        "occurred_at": act.occurred_at,
        "recorded_at": record.recorded_at,
        "evidence": act.evidence.value,
        "source": act.source,
        "explicit": act.explicit,
        "notice_version": act.notice_version,
    }
