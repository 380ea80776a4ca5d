"""Segments over HTTP, for servers with an API key of scope ``segments``."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cdp.lib.errors import Problem
from consent import api as consent
from profiles import api as profiles
from segments.rest.shapes import NewSegment, RuleOnly, segment_shape, verdict_shape
from segments.rules import membership, people, preview, versions
from segments.rules.models import Segment
from segments.rules.sentence import sentence

MAX_PAGE = 500
_JSON = OpenApiTypes.OBJECT


class _SegmentsView(APIView):
    scope = "segments"

    def segment(self, slug: str) -> Segment:
        """The segment, or 404."""
        found = Segment.objects.select_related("current").filter(slug=slug).first()
        if found is None:
            raise Problem("not_found", "No segment has this slug.", status=404)
        return found


class Segments(_SegmentsView):
    """All segments, and making one."""

    @extend_schema(responses=_JSON, summary="List segments")
    def get(self, request: Request) -> Response:
        limit = _limit(request)
        after = request.query_params.get("after", "")
        rows = list(
            Segment.objects.filter(slug__gt=after.replace("\0", ""))
            .select_related("current")
            .order_by("slug")[: limit + 1]
        )
        more = rows[limit - 1].slug if len(rows) > limit else None
        return Response({"results": [segment_shape(row) for row in rows[:limit]], "next": more})

    @extend_schema(request=NewSegment, responses={201: _JSON}, summary="Make a segment")
    def post(self, request: Request) -> Response:
        given = NewSegment(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        segment = versions.create(
            name=data["name"],
            rule=data["rule"],
            author=_author(request),
            slug=data.get("slug", ""),
            description=data.get("description", ""),
            purpose=data.get("purpose", "marketing"),
        )
        if data.get("publish", True):
            _publish(segment)
        return Response(segment_shape(self.segment(segment.slug)), status=201)


class OneSegment(_SegmentsView):
    """One segment: read it, give it a new rule, end it."""

    @extend_schema(responses=_JSON, summary="Read a segment")
    def get(self, request: Request, slug: str) -> Response:
        return Response(segment_shape(self.segment(slug)))

    @extend_schema(request=RuleOnly, responses=_JSON, summary="Give a segment a new rule")
    def put(self, request: Request, slug: str) -> Response:
        given = RuleOnly(data=request.data)
        given.is_valid(raise_exception=True)
        segment = self.segment(slug)
        versions.reword(segment, rule=given.validated_data["rule"], author=_author(request))
        _publish(segment)
        return Response(segment_shape(self.segment(slug)))

    @extend_schema(responses=_JSON, summary="Archive a segment; everybody leaves it")
    def delete(self, request: Request, slug: str) -> Response:
        versions.archive(self.segment(slug))
        return Response(segment_shape(self.segment(slug)))


class Preview(_SegmentsView):
    """How many people a rule would find."""

    @extend_schema(request=RuleOnly, responses=_JSON, summary="Count a rule without saving it")
    def post(self, request: Request) -> Response:
        given = RuleOnly(data=request.data)
        given.is_valid(raise_exception=True)
        node = versions.read(given.validated_data["rule"])
        found = preview.preview(node, given.validated_data.get("purpose", "marketing"))
        return Response(
            {
                "count": found.count,
                "matching": found.matching,
                "sample": [str(profile_id) for profile_id in found.sample],
                "sample_size": len(found.sample),
                "counted_at": found.counted_at,
                "sentence": sentence(node, profiles.surface().fields, people.names()),
            }
        )


class Members(_SegmentsView):
    """Who is in a segment now."""

    @extend_schema(
        responses=_JSON,
        summary="List members",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("after", OpenApiTypes.UUID)],
    )
    def get(self, request: Request, slug: str) -> Response:
        limit, after = _limit(request), request.query_params.get("after")
        found = people.members(
            self.segment(slug).pk, limit=limit + 1, after=people.as_id(after) if after else None
        )
        more = str(found[limit - 1]) if len(found) > limit else None
        results = [{"profile_id": str(profile_id)} for profile_id in found[:limit]]
        return Response({"results": results, "next": more})


class Explain(_SegmentsView):
    """Why a person is, or is not, in a segment."""

    @extend_schema(
        responses=_JSON,
        summary="Explain one person's membership",
        parameters=[
            OpenApiParameter("profile", str, description="Profile id, or kind:value."),
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        segment = self.segment(slug)
        profile_id = people.find(request.query_params.get("profile", ""))
        verdict = people.why(segment, profile_id)
        since = people.stay_of(segment.pk, profile_id)
        return Response(
            {
                "segment": segment.slug,
                "profile_id": str(profile_id),
                "member": since is not None,
                "since": since,
                "matches": verdict.held,
                "permitted": consent.permits(profile_id, segment.purpose),
                "why": verdict_shape(verdict),
            }
        )


def _publish(segment: Segment) -> None:
    versions.publish(segment)
    membership.recompute([segment.slug])


def _author(request: Request) -> str:
    return str(getattr(request.auth, "name", ""))[:150]


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "50")
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise Problem("invalid_limit", f"Give a limit from 1 to {MAX_PAGE}.")
    return max(1, min(int(text), MAX_PAGE))
