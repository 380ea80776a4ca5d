"""Profiles and stored events over HTTP, for programs with an API key of scope ``profiles``."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cdp.lib.errors import Problem
from consent import api as consent
from profiles.attributes import history
from profiles.attributes import profile as person
from profiles.data import Event, Module
from profiles.events import listing
from profiles.events.models import Source
from profiles.identity import lookup
from profiles.identity.rules.v1 import ORDER
from profiles.rest import shapes

MAX_PAGE = 500

_AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="Answer as of this instant.")
_MODULES = OpenApiParameter("modules", description="Modules parted by commas; all by default.")
_LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description="At most 500; 50 by default.")
_CURSOR = OpenApiParameter("cursor", description="Taken from next.")


class ProfileView(APIView):
    """What the views about people share: the scope, and whether personal values are shown."""

    scope = "profiles"

    def clear(self, request: Request) -> bool:
        """Whether the key may see personal values."""
        return "profiles:personal" in getattr(request.auth, "scopes", ())

    def living(self, profile_id: UUID) -> UUID:
        """The living profile behind an id. Raises 404."""
        found = lookup.canonical(profile_id)
        if found is None:
            raise _not_found()
        return found

    def answer(self, request: Request, profile_id: UUID) -> Response:
        """One profile."""
        named = {one for one in request.query_params.get("modules", "").split(",") if one}
        if named - {module.value for module in Module}:
            known = ", ".join(Module)
            raise Problem("unknown_module", f"modules takes some of {known}, parted by commas.")
        found = person.profile(profile_id, as_of=_moment(request, "as_of"))
        if found is None:
            raise _not_found()
        shape = shapes.profile_shape(found, modules=frozenset(named), clear=self.clear(request))
        return Response(shape)


class Lookup(ProfileView):
    """A profile by one of its identifiers."""

    @extend_schema(
        responses=shapes.ProfileOut,
        parameters=[
            OpenApiParameter("type", required=True, enum=list(ORDER)),
            OpenApiParameter("value", required=True),
            _MODULES,
            _AS_OF,
        ],
    )
    def get(self, request: Request) -> Response:
        kind, value = request.query_params.get("type", ""), request.query_params.get("value", "")
        if kind not in ORDER:
            raise Problem("unknown_type", f"type takes one of {', '.join(ORDER)}.")
        found = lookup.resolve(kind, value)
        if found is None:
            raise _not_found()
        return self.answer(request, found)


class OneProfile(ProfileView):
    """A profile by its id, or by the id of one that was merged into it."""

    @extend_schema(responses=shapes.ProfileOut, parameters=[_MODULES, _AS_OF])
    def get(self, request: Request, profile_id: UUID) -> Response:
        return self.answer(request, profile_id)


class AttributeHistory(ProfileView):
    """Every value one attribute had, newest first, each with its cause."""

    @extend_schema(responses=shapes.VersionPage)
    def get(self, request: Request, profile_id: UUID, slug: str) -> Response:
        clear = self.clear(request)
        found = history.versions(self.living(profile_id), slug)
        results = [shapes.version_shape(version, clear=clear) for version in found]
        return Response({"results": results, "next": None})


class Identifiers(ProfileView):
    """How a person is known, strongest first."""

    @extend_schema(responses=shapes.IdentifierPage)
    def get(self, request: Request, profile_id: UUID) -> Response:
        clear = self.clear(request)
        found = lookup.identifiers(self.living(profile_id))
        results = [shapes.identifier_shape(one, clear=clear) for one in found]
        return Response({"results": results, "next": None})


class EventView(ProfileView):
    """What both lists of events share."""

    def page(self, request: Request, condition: str, params: dict[str, Any]) -> Response:
        """One page of events under a condition."""
        limit = _limit(request)
        found = listing.where(condition, params, limit=limit + 1, after=_cursor(request))
        shown = found[:limit]
        events = [event for event, _ in shown]
        sealed = listing.personal_parts(events) if self.clear(request) else {}
        sources: dict[int, str] = dict(Source.objects.values_list("pk", "slug"))
        purposes = consent.purposes().values()
        results = [
            shapes.event_shape(
                event,
                call,
                source=sources.get(event.source_id, ""),
                purposes=[one.slug for one in purposes if one.mask & event.purposes],
                personal=sealed.get(event.event_id, {}),
            )
            for event, call in shown
        ]
        following = _next(request, shown[-1][0]) if len(found) > limit else None
        return Response({"results": results, "next": following})


class ProfileEvents(EventView):
    """A person's events, newest first."""

    @extend_schema(
        responses=shapes.EventPage,
        parameters=[OpenApiParameter("kind", many=True), _LIMIT, _CURSOR],
    )
    def get(self, request: Request, profile_id: UUID) -> Response:
        return self.page(
            request,
            "e.profile_id = %(profile)s AND (%(kinds)s::text[] IS NULL OR e.kind = ANY(%(kinds)s))",
            {
                "profile": self.living(profile_id),
                "kinds": request.query_params.getlist("kind") or None,
            },
        )


class Events(EventView):
    """Stored events of everybody, newest first, for checks and support."""

    @extend_schema(
        responses=shapes.EventPage,
        parameters=[
            OpenApiParameter("source"),
            OpenApiParameter("type"),
            OpenApiParameter("name"),
            OpenApiParameter("message_id"),
            OpenApiParameter("profile", OpenApiTypes.UUID),
            OpenApiParameter("since", OpenApiTypes.DATETIME),
            _LIMIT,
            _CURSOR,
        ],
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        clauses, params = ["true"], dict[str, Any]()
        for name in ("type", "name", "message_id"):
            if asked.get(name):
                clauses.append(f"e.{name} = %({name})s")
                params[name] = asked[name].replace("\0", "")
        if asked.get("source"):
            clauses.append("e.source_id = (SELECT id FROM profiles_source WHERE slug = %(source)s)")
            params["source"] = asked["source"].replace("\0", "")
        if asked.get("profile"):
            clauses.append("e.profile_id = %(profile)s")
            params["profile"] = self.living(_identity(asked["profile"]))
        since = _moment(request, "since")
        if since:
            clauses.append("e.timestamp >= %(since)s")
            params["since"] = since
        return self.page(request, " AND ".join(clauses), params)


def _not_found() -> Problem:
    return Problem(
        "not_found", "Nobody is known by this. Check the type and the value.", status=404
    )


def _identity(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as failure:
        raise Problem("invalid_id", "profile takes a profile's id, which is a UUID.") from failure


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        # In an address a "+" of the offset arrives as a space.
        at = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None:
        raise Problem("invalid_time", f"{name} takes an instant such as 2026-01-31T12:00:00Z.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "50")
    if not text.isdecimal() or not 0 < int(text) <= MAX_PAGE:
        raise Problem("invalid_limit", f"limit takes a number from 1 to {MAX_PAGE}.")
    return int(text)


def _cursor(request: Request) -> tuple[datetime, UUID] | None:
    text = request.query_params.get("cursor")
    if not text:
        return None
    moment, _, identity = text.partition("~")
    try:
        return datetime.fromisoformat(moment.replace(" ", "+")), UUID(identity)
    except ValueError as failure:
        raise Problem("invalid_cursor", "cursor takes only what next gave.") from failure


def _next(request: Request, last: Event) -> str:
    query = request.query_params.copy()
    query["cursor"] = f"{last.timestamp.astimezone(UTC).isoformat()}~{last.event_id}"
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
