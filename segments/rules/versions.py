"""Making segments, wording and publishing their rules, and ending them."""

import re
from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from cdp.lib import clock
from cdp.lib.errors import Problem
from consent import api as consent
from profiles import api as profiles
from segments.rules import graph, membership
from segments.rules.comparison import RuleFault
from segments.rules.models import RuleVersion, Segment
from segments.rules.nodes import Node
from segments.rules.parse import parse, unparse


def read(rule: object, slug: str = "") -> Node:
    """A rule given as JSON, checked against attributes, live segments and cycles. Raises
    :class:`Problem` ``invalid_rule`` whose errors name the place, a code and what to do."""
    try:
        node = parse(rule, profiles.surface().fields)
        _check_segments(node, slug)
    except RuleFault as fault:
        raise problem_of(fault) from None
    return node


def problem_of(fault: RuleFault) -> Problem:
    """A faulty rule as the answer its author gets."""
    place = {"field": fault.path, "code": fault.code, "message": fault.message}
    return Problem("invalid_rule", "Correct the rule at the place named in errors.", errors=[place])


@transaction.atomic
def create(
    *,
    name: str,
    rule: object,
    author: str,
    owner_id: int | None = None,
    slug: str = "",
    description: str = "",
    purpose: str = "marketing",
) -> Segment:
    """A new draft with its first version. The slug is made of the name where none is given."""
    name, purpose = _checked_name(name), _checked_purpose(purpose)
    if slug and not re.fullmatch(r"[a-z0-9_-]{1,60}", slug):
        raise Problem("invalid_slug", "Use small letters, digits, - and _ in the slug, up to 60.")
    try:
        with transaction.atomic():
            segment = Segment.objects.create(
                slug=slug or _free_slug(name),
                name=name,
                description=description[:300].replace("\0", ""),
                purpose=purpose,
                owner_id=owner_id,
            )
    except IntegrityError:
        raise Problem(
            "slug_taken", "A segment has this slug. Choose another.", status=409
        ) from None
    reword(segment, rule=rule, author=author)
    return segment


def describe(segment: Segment, *, name: str, description: str, purpose: str) -> None:
    """Change what a segment is called and what it is for."""
    segment.name, segment.description = _checked_name(name), description[:300].replace("\0", "")
    segment.purpose = _checked_purpose(purpose)
    segment.save(update_fields=["name", "description", "purpose"])


@transaction.atomic
def reword(segment: Segment, *, rule: object, author: str) -> RuleVersion:
    """A new version of the rule, not yet in force. Saying the same again makes none."""
    plain = unparse(read(rule, segment.slug))
    Segment.objects.select_for_update().get(pk=segment.pk)
    newest = segment.versions.first()
    if newest and newest.rule == plain:
        return newest
    number = newest.number + 1 if newest else 1
    return RuleVersion.objects.create(segment=segment, number=number, rule=plain, author=author)


@transaction.atomic
def publish(segment: Segment, version: RuleVersion | None = None) -> None:
    """Put a version (the newest, if none is named) in force. It is counted by the next recount."""
    version = version or segment.versions.first()
    if version is None:
        raise Problem("no_rule", "Save a rule before publishing the segment.")
    read(version.rule, segment.slug)
    segment.current, segment.state = version, Segment.State.LIVE
    segment.due, segment.fault = True, ""
    segment.save(update_fields=["current", "state", "due", "fault"])


@transaction.atomic
def archive(segment: Segment) -> None:
    """Take a segment out of use: everybody leaves it, its history stays."""
    users = [other.name for other in using(segment.slug)]
    if users:
        raise Problem(
            "in_use",
            f"These segments ask about it, change them first: {', '.join(users)}.",
            status=409,
        )
    segment.state, segment.due = Segment.State.ARCHIVED, False
    segment.size, segment.counted_at = 0, clock.now()
    segment.save(update_fields=["state", "due", "size", "counted_at"])
    membership.close_all(segment.pk, clock.now())


def using(slug: str) -> list[Segment]:
    """Live segments whose rule asks about this one."""
    live = Segment.objects.filter(state=Segment.State.LIVE).select_related("current")
    return [other for other in live if other.current and slug in _asked(other.current.rule)]


def _check_segments(node: Node, slug: str) -> None:
    live = dict(
        Segment.objects.filter(state=Segment.State.LIVE).values_list("slug", "current__rule")
    )
    for other in sorted(graph.named(node)):
        if other not in live and other != slug:
            raise RuleFault(
                "unknown_segment", f"No live segment is called {other}. Publish it first.", "rule"
            )
    needs = {name: set(_asked(rule)) for name, rule in live.items()}
    graph.check_no_cycle(slug, {**needs, slug: graph.named(node)})


def _asked(raw: Any) -> Iterator[str]:
    """The segments named in a stored rule, which may ask for attributes that are gone by now."""
    if isinstance(raw, dict):
        if isinstance(raw.get("segment"), str):
            yield raw["segment"]
        for part in raw.values():
            yield from _asked(part)
    elif isinstance(raw, list):
        for part in raw:
            yield from _asked(part)


def _checked_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > 100 or "\0" in tidy:
        raise Problem("invalid_name", "Give the segment a name of 1 to 100 characters.")
    return tidy


def _checked_purpose(purpose: str) -> str:
    if purpose not in consent.purposes():
        known = ", ".join(consent.purposes())
        raise Problem("unknown_purpose", f"Choose one of these purposes: {known}.")
    return purpose


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "segment"
    taken = set(Segment.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug
