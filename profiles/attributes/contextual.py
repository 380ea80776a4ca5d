"""Contextual attributes: the circumstances a person was last seen in, from what the consent gate
left of an event's context (see ``profiles.events.personal.reduce_context``). Pure."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from profiles.attributes.catalogue import CONTEXT
from profiles.attributes.claim import Claim, Unfit, steps, text
from profiles.data import Event

RULE = "contextual.v1"

_VISIT = ("device", "browser", "os", "locale", "timezone")
_CAMPAIGN = {"campaign": "source", "campaign_medium": "medium", "campaign_name": "name"}


def derive(event: Event) -> Iterator[Claim]:
    """One claim for each group of circumstances that the event tells about."""
    context = event.context
    if not context:
        return
    campaign = context.get("campaign")
    told = campaign if isinstance(campaign, Mapping) else {}
    for slot, values in (
        ("visit", {name: _text(context.get(name)) for name in _VISIT}),
        ("page", {"page": _text(context.get("page"))}),
        ("referrer", {"referrer": _text(context.get("referrer"))}),
        ("campaign", {slug: _text(told.get(key)) for slug, key in _CAMPAIGN.items()}),
        ("location", {"current_location": _place(context.get("location"))}),
    ):
        known = {name: value for name, value in values.items() if value}
        if known:
            yield Claim(CONTEXT, known, RULE, slot)


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
