"""Contextual attributes: the circumstances a person was last seen in, from an event's context. Pure."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from profiles.attributes.catalogue import CONTEXT
from profiles.attributes.claim import Claim, Unfit, steps, text
from profiles.data import Event

RULE = "contextual.v1"

_BROWSERS = (
    ("Edge", "Edg"),
    ("Opera", "OPR/"),
    ("Samsung Internet", "SamsungBrowser"),
    ("Firefox", "Firefox/"),
    ("Firefox", "FxiOS"),
    ("Chrome", "Chrome/"),
    ("Chrome", "CriOS"),
    ("Safari", "Safari/"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iOS", "iPhone"),
    ("iOS", "iPad"),
    ("ChromeOS", "CrOS"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux"),
)
_MOBILE = re.compile(r"Mobi|iPhone|Android.+Mobile")
_TABLET = re.compile(r"iPad|Tablet|Android(?!.*Mobi)")


def derive(event: Event) -> Iterator[Claim]:
    """One claim for each group of circumstances that the event tells about."""
    if not event.context:
        return
    for slot, values in (
        ("visit", _visit(event.context)),
        ("page", _page(event.context)),
        ("referrer", _referrer(event.context)),
        ("campaign", _campaign(event.context)),
        ("location", _location(event.context)),
    ):
        told = {name: value for name, value in values.items() if value}
        if told:
            yield Claim(CONTEXT, told, RULE, slot)


@lru_cache(maxsize=4_096)
def read_agent(agent: str) -> tuple[str, str, str]:
    """Device type, browser and operating system named by a User-Agent; empty where it names none."""
    browser = next((name for name, mark in _BROWSERS if mark in agent), "")
    system = next((name for name, mark in _SYSTEMS if mark in agent), "")
    if not system:
        return "", browser, ""
    if _TABLET.search(agent):
        return "tablet", browser, system
    return ("mobile" if _MOBILE.search(agent) else "desktop"), browser, system


def _visit(context: Mapping[str, Any]) -> dict[str, str]:
    device, browser, system = read_agent(_text(context, "userAgent"))
    return {
        "device": _text(context, "device", "type").lower() or device,
        "browser": browser,
        "os": _text(context, "os", "name") or system,
        "locale": _text(context, "locale"),
        "timezone": _text(context, "timezone"),
    }


def _page(context: Mapping[str, Any]) -> dict[str, str]:
    # Without the query, which may carry anything.
    path = _text(context, "page", "path") or _path(_text(context, "page", "url"))
    return {"page": path.partition("?")[0] or _text(context, "screen", "name")}


def _referrer(context: Mapping[str, Any]) -> dict[str, str]:
    return {"referrer": _host(_text(context, "page", "referrer"))}


def _campaign(context: Mapping[str, Any]) -> dict[str, str]:
    names = {"campaign": "source", "campaign_medium": "medium", "campaign_name": "name"}
    return {slug: _text(context, "campaign", key) for slug, key in names.items()}


def _location(context: Mapping[str, Any]) -> dict[str, list[str]]:
    try:
        return {"current_location": steps(context.get("location"))}
    except Unfit:
        return {}


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _text(context: Mapping[str, Any], *path: str) -> str:
    value: Any = context
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    try:
        return text(value)[:200]
    except Unfit:
        return ""
