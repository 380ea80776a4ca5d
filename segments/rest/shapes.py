"""What goes in and out over HTTP."""

from typing import Any

from rest_framework import serializers

from segments.rules.explain import Verdict
from segments.rules.models import Segment


class RuleOnly(serializers.Serializer[Any]):
    """A rule, and the purpose under which people would be looked at."""

    rule = serializers.JSONField()
    purpose = serializers.SlugField(required=False, max_length=40)


class NewSegment(RuleOnly):
    """A segment to make. ``publish`` false leaves it a draft."""

    name = serializers.CharField(max_length=100)
    slug = serializers.SlugField(required=False, max_length=60)
    description = serializers.CharField(required=False, allow_blank=True, max_length=300)
    publish = serializers.BooleanField(required=False, default=True)


def segment_shape(segment: Segment) -> dict[str, Any]:
    """A segment as JSON."""
    version = segment.current or segment.versions.first()
    return {
        "slug": segment.slug,
        "name": segment.name,
        "description": segment.description,
        "purpose": segment.purpose,
        "state": segment.state,
        "version": version.number if version else None,
        "rule": version.rule if version else None,
        "size": segment.size,
        "counted_at": segment.counted_at,
        "counting": segment.due,
        "fault": segment.fault,
    }


def verdict_shape(verdict: Verdict) -> dict[str, Any]:
    """The tree of an explanation as JSON."""
    shape: dict[str, Any] = {
        "text": verdict.text,
        "held": verdict.held,
        "deciding": verdict.deciding,
    }
    if verdict.parts:
        return shape | {
            "joined_by": verdict.joined_by,
            "parts": [verdict_shape(part) for part in verdict.parts],
        }
    return shape | {
        "actual": verdict.actual,
        "missing": verdict.missing,
        "event_ids": [str(event_id) for event_id in verdict.event_ids],
    }
