"""The side panel of the demonstration: what the platform knows of the present visitor. Reads
through the apps' doors; shows no name and no address."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from cdp.shop import visit
from profiles import api as profiles
from profiles.data import AttributeValue, Module
from recommendations import api as recommendations
from segments import api as segments

SHOWN = 8
WORDS = {
    "view": "Looked at",
    "add": "Put in the cart",
    "remove": "Took out of the cart",
    "checkout": "Went to the checkout",
    "purchase": "Ordered",
    "page": "Opened",
    "identify": "Signed in",
}


def of(request: HttpRequest) -> dict[str, Any]:
    """JSON-ready: the latest events, attributes and segments, or that nothing is known."""
    profile_id = _profile_id(request)
    profile = profiles.profile(profile_id) if profile_id else None
    if profile_id is None or profile is None:
        return {"known": False, "events": [], "attributes": [], "segments": []}
    return {
        "known": True,
        "signed_in": profile.known,
        "events": _happened(profile_id),
        "attributes": [
            {"title": value.title, "value": _text(value.value), "because": value.rule}
            for value in sorted(profile.attributes, key=_order)
            if _is_shown(value)
        ][:SHOWN],
        "segments": [
            stay.segment.replace("-", " ").capitalize()
            for stay in segments.memberships_of(profile_id)
            if stay.until is None
        ],
    }


def _happened(profile_id: UUID) -> list[dict[str, str]]:
    """The last events in words; products by the names the catalogue gives them."""
    found = [event for event in profiles.events(profile_id, limit=9) if event.kind in WORDS][:5]
    named = recommendations.items(sorted({e.lines[0].item_id for e in found if e.lines}))
    return [
        {
            "what": WORDS[event.kind],
            "about": named[event.lines[0].item_id].name
            if event.lines and event.lines[0].item_id in named
            else event.name * (event.kind == "page"),
        }
        for event in found
    ]


def _profile_id(request: HttpRequest) -> UUID | None:
    person = visit.customer(request)
    if person is not None:
        return profiles.resolve("user_id", person.user_id)
    anonymous = request.COOKIES.get(visit.ANONYMOUS, "")
    return profiles.resolve("anonymous_id", anonymous) if anonymous else None


_FIRST = ("category_affinity", "brand_affinity", "views", "carts", "orders", "revenue", "sessions")


def _order(value: AttributeValue) -> tuple[int, str]:
    slug = value.attribute
    return (_FIRST.index(slug) if slug in _FIRST else len(_FIRST), slug)


def _is_shown(value: AttributeValue) -> bool:
    return (
        not value.personal
        and value.module in {Module.BEHAVIOURAL, Module.INFERRED}
        and value.value not in (None, "", [], 0)
        and not value.attribute.endswith("_at")
    )


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value[:3]))
    if isinstance(value, Decimal | float) and value % 1:
        return f"{value:,.2f}"
    if isinstance(value, Decimal | float):
        return f"{value:,.0f}"
    return str(value)
