"""The side panel of the demonstration: what the platform knows of the present visitor. Reads
through the apps' doors; shows no name and no address."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from cdp.shop import visit
from profiles import api as profiles
from profiles.data import AttributeValue, Module
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
        "events": [
            {
                "what": WORDS.get(event.kind, event.name or event.kind),
                "about": event.lines[0].name if event.lines else event.name,
            }
            for event in profiles.events(profile_id, limit=5)
        ],
        "attributes": [
            {"title": value.title, "value": _text(value.value), "because": value.rule}
            for value in sorted(profile.attributes, key=_order)
            if _is_shown(value)
        ][:SHOWN],
        "segments": [
            stay.segment for stay in segments.memberships_of(profile_id) if stay.until is None
        ],
    }


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
    if isinstance(value, float):
        return f"{value:,.2f}"
    return str(value)
