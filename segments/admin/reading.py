"""What the page of one segment says: its people, their coming and going, and why."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince

from cdp.lib.errors import Problem
from consent import api as consent
from profiles import api as profiles
from profiles.data import Field
from segments.admin.builder import masked
from segments.models import Membership, RuleVersion, Segment
from segments.rules import people
from segments.rules.comparison import RuleFault
from segments.rules.parse import parse
from segments.rules.sentence import sentence

SHOWN = 25
VERSIONS = 20


def counted(segment: Segment) -> str:
    """The size, and how fresh it is."""
    if segment.state == Segment.State.DRAFT:
        return "not published yet"
    if segment.due or segment.counted_at is None:
        return "counting…"
    people_word = "person" if segment.size == 1 else "people"
    ago = timesince(segment.counted_at, timezone.now(), depth=1)
    when = "just now" if ago.startswith("0") else f"{ago} ago"
    return f"{segment.size:,} {people_word} · counted {when}"


def context(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """Names for the template of the reading page."""
    fields = profiles.surface().fields
    after = request.GET.get("after", "")
    try:
        cursor = people.as_id(after) if after else None
    except Problem:
        cursor = None
    members = people.members(segment.pk, limit=SHOWN + 1, after=cursor)
    stays = Membership.objects.filter(segment=segment)
    version = segment.current or segment.versions.first()
    purposes = consent.purposes()
    return {
        "sentence": said(version, fields),
        "counted": counted(segment),
        "purpose": purposes[segment.purpose].title if segment.purpose in purposes else "",
        "version": version,
        "members": masked(members[:SHOWN]),
        "next": members[SHOWN - 1] if len(members) > SHOWN else None,
        "joined": _stays(stays.filter(until__isnull=True).order_by("-since")),
        "left": _stays(stays.filter(until__isnull=False).order_by("-until")),
        **explained(request, segment),
    }


def explained(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """The answer to "why is this person (not) in it", where that was asked."""
    asked = request.POST.get("person", "").strip() if request.method == "POST" else ""
    if not asked:
        return {"asked": False}
    try:
        profile_id = people.find(asked)
        verdict = people.why(segment, profile_id)
        since = people.stay_of(segment.pk, profile_id)
    except Problem as problem:
        return {"asked": True, "answer": None, "trouble": problem.message}
    return {
        "asked": True,
        "answer": verdict,
        "since": since,
        "explained_id": profile_id,
        "explained_masked": masked([profile_id])[0][1],
        "blocked": verdict.held and since is None,
    }


def versions_of(segment: Segment, fields: Mapping[str, Field]) -> list[dict[str, Any]]:
    """The newest versions of the rule, in words."""
    names = people.names()
    return [
        {
            "number": row.number,
            "author": row.author,
            "created_at": row.created_at,
            "sentence": said(row, fields, names),
            "current": row.pk == segment.current_id,
        }
        for row in segment.versions.all()[:VERSIONS]
    ]


def said(
    version: RuleVersion | None,
    fields: Mapping[str, Field],
    names: Mapping[str, str] | None = None,
) -> str:
    """A version in words. ``names`` are the segments' (asked for where they are not given)."""
    if version is None:
        return "It has no rule yet."
    try:
        return sentence(
            parse(version.rule, fields), fields, people.names() if names is None else names
        )
    except RuleFault:
        return "The rule asks for something that is gone. Open and mend it."


def _stays(rows: Any) -> list[dict[str, Any]]:
    shown = list(rows[:SHOWN])
    named = masked([row.profile_id for row in shown])
    return [
        {"id": profile_id, "masked": name, "at": row.until or row.since}
        for row, (profile_id, name) in zip(shown, named, strict=True)
    ]
