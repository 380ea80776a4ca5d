"""Contextual attributes: the circumstances a person was last seen in, from what the consent gate
left of an event's context (see ``profiles.events.personal.reduce_context``). Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from profiles.attributes.catalogue import CONTEXT
from profiles.attributes.claim import Claim, Unfit, steps, text
from profiles.data import Event

RULE = "contextual.v1"

_VISIT = ("device", "browser", "os", "locale", "timezone")
_CAMPAIGN = {"campaign": "source", "campaign_medium": "medium", "campaign_name": "name"}


def derive(event: Event, known: Collection[str] = ()) -> Iterator[Claim]:
    """One claim for each group of circumstances that the event tells about, but for those slots
    that are ``known`` already."""
    context = event.context
    for slot, read in _SLOTS.items():
        if slot not in known:
            values = read(context)
            if values:
                yield Claim(CONTEXT, values, RULE, slot)


def _visit(context: Mapping[str, Any]) -> dict[str, Any]:
    return _told({name: _text(context.get(name)) for name in _VISIT})


def _page(context: Mapping[str, Any]) -> dict[str, Any]:
    return _told({"page": _text(context.get("page"))})


def _referrer(context: Mapping[str, Any]) -> dict[str, Any]:
    return _told({"referrer": _text(context.get("referrer"))})


def _campaign(context: Mapping[str, Any]) -> dict[str, Any]:
    campaign = context.get("campaign")
    if not isinstance(campaign, dict):
        return {}
    return _told({slug: _text(campaign.get(key)) for slug, key in _CAMPAIGN.items()})


def _location(context: Mapping[str, Any]) -> dict[str, Any]:
    place = context.get("location")
    return _told({"current_location": _place(place)}) if place else {}


_SLOTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "visit": _visit,
    "page": _page,
    "referrer": _referrer,
    "campaign": _campaign,
    "location": _location,
}


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _place(value: Any) -> list[str]:
    try:
        return steps(value)
    except Unfit:
        return []


def _text(value: Any) -> str:
    return _spelled(value) if value and isinstance(value, str) else ""


@lru_cache(maxsize=8_192)
def _spelled(value: str) -> str:
    """Circumstances repeat themselves; cleaning them once is enough."""
    try:
        return text(value)[:200]
    except Unfit:
        return ""
