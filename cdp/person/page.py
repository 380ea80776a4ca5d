"""Everything the page of a person shows, gathered through the doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cdp.lib.masks import mask
from consent import api as consent
from consent.data import Decision, Evidence
from profiles import api as profiles
from profiles.data import AttributeValue, Event, Identifier, Module, Profile
from recommendations import api as recommendations
from recommendations.data import Item, Query, Scored, Slate
from segments import api as segments
from segments.data import Membership

EVENTS_A_PAGE = 25
SUGGESTIONS = 6
_PINNED = ("orders", "revenue", "average_order_value", "sessions")
_PATHS = ("location", "current_location")
_NAMES = ("name", "first_name", "last_name", "email")

_BECAUSE = {
    "contract": "needed for the contract",
    "granted": "they said yes",
    "refused": "they said no",
    "never_asked": "never asked, so no",
    "objected": "they objected",
    "restriction": "use is paused",
}
_PROOF = {
    Evidence.CLIENT_ASSERTED: "stated by the page they used",
    Evidence.IMPORTED: "taken over from a file",
    Evidence.WEBHOOK: "stated by a consent tool",
    Evidence.AUTHENTICATED: "chosen with proof of who they are",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """An attribute as the viewer may see it."""

    value: AttributeValue
    text: Any
    masked: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A recommended product with what the shop calls it (None: gone from the catalogue)."""

    scored: Scored
    item: Item | None


@dataclass(frozen=True, slots=True)
class View:
    """How someone looks at a person: in clear or masked, at which moment, which events."""

    clear: bool = False
    as_of: datetime | None = None
    before: datetime | None = None
    kind: str = ""


def gather(profile: Profile, view: View) -> dict[str, Any]:
    """The template's context."""
    facts = [fact(value, view.clear) for value in profile.attributes]
    slate = recommendations.recommend(
        Query(
            identifiers={one.kind: one.value for one in profile.identifiers[:1]}, limit=SUGGESTIONS
        )
    )
    timeline = _timeline(profile.profile_id, view)
    products = _products(slate, timeline["events"])
    memberships = segments.memberships_of(profile.profile_id)
    return {
        "profile": profile,
        "view": view,
        "name": name_of(profile, clear=view.clear),
        "pinned": [one for slug in _PINNED for one in facts if one.value.attribute == slug],
        "modules": _by_module(profile, facts),
        "identifiers": [
            (one, one.value if view.clear else mask(one.value)) for one in profile.identifiers
        ],
        "memberships": memberships,
        "segment_names": _segment_names(memberships),
        "decisions": decisions(profile.profile_id, view.as_of),
        "suggestions": [Suggestion(scored, products.get(scored.item_id)) for scored in slate.items],
        "slate": slate,
        "product_names": {key: item.name for key, item in products.items()},
        **timeline,
    }


def name_of(profile: Profile, *, clear: bool) -> str:
    """What to call a person: their name, else an address, else the strongest identifier."""
    told = {one.attribute: one.value for one in profile.attributes if one.attribute in _NAMES}
    whole = " ".join(str(told[part]) for part in ("first_name", "last_name") if told.get(part))
    for candidate in (told.get("name"), whole, told.get("email")):
        if candidate:
            return str(candidate) if clear else mask(candidate)
    strongest: Identifier | None = next(iter(profile.identifiers), None)
    if profile.known and strongest:
        return strongest.value if clear else mask(strongest.value)
    return f"Visitor {str(profile.profile_id)[:8]}"


def fact(value: AttributeValue, clear: bool) -> Fact:
    """The value, masked where it is personal and the viewer has not asked to see it."""
    masked = value.personal and not clear
    text = " > ".join(filter(None, value.value)) if value.attribute in _PATHS else value.value
    return Fact(value, mask(value.value) if masked else text, masked)


def decisions(subject: UUID, at: datetime | None) -> list[tuple[str, Decision, str, str]]:
    """What the person permits: title of the purpose, decision, its reason and proof in words."""
    known = consent.purposes()
    return [
        (
            known[one.purpose].title if one.purpose in known else one.purpose.title(),
            one,
            _BECAUSE.get(one.because, one.because),
            _PROOF[one.record.act.evidence] if one.record else "",
        )
        for one in consent.decisions(subject, at)
    ]


def _by_module(profile: Profile, facts: Sequence[Fact]) -> list[dict[str, Any]]:
    filled = profiles.completeness(profile.profile_id)
    return [
        {
            "title": module.value.title(),
            "filled": filled.get(module),
            "computed": module is Module.BEHAVIOURAL,
            "facts": [one for one in facts if one.value.module == module],
        }
        for module in Module
    ]


def _segment_names(memberships: Sequence[Membership]) -> dict[str, str]:
    return {one.slug: one.name for one in segments.summaries()} if memberships else {}


def _products(slate: Slate, events: Sequence[Event]) -> dict[str, Item]:
    """Every product the page names, in one question."""
    named = {scored.item_id for scored in slate.items}
    return recommendations.items(named | {line.item_id for event in events for line in event.lines})


def _timeline(profile_id: UUID, view: View) -> dict[str, Any]:
    before = view.before or view.as_of
    found: list[Event] = profiles.events(
        profile_id,
        limit=EVENTS_A_PAGE + 1,
        before=before,
        kinds=(view.kind,) if view.kind else (),
    )
    page = found[:EVENTS_A_PAGE]
    older = page[-1].timestamp.isoformat() if len(found) > EVENTS_A_PAGE else ""
    return {"events": page, "older": older}
