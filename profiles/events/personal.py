"""What of a message may lie in the clear, and what is sealed or not kept at all. Pure."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

PERSONAL_KEYS = frozenset(
    {
        "email", "mail", "emailaddress", "phone", "phonenumber", "mobile", "mobilenumber",
        "telephone", "tel", "fax", "firstname", "lastname", "fullname", "givenname",
        "familyname", "surname", "middlename", "nickname", "username", "address", "street",
        "addressline1", "addressline2", "address1", "address2", "postalcode", "postcode", "zip",
        "zipcode", "birthday", "birthdate", "dateofbirth", "dob", "recipient", "sharemessage",
        "shippingaddress", "billingaddress", "iban", "cardnumber", "taxid", "vatid", "ssn",
        "passport", "ip", "ipaddress", "useragent", "password", "token", "contact",
        "customername",
    }
)  # fmt: skip
"""Keys of properties, without separators and in lower case, whose values tell who someone is."""

_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_SEPARATORS = re.compile(r"[\s_\-.]+")
_LINKS = frozenset({"url", "href", "link", "referrer", "referer", "image_url", "imageurl"})
MAX_KEPT = 500


def split_personal(
    properties: Mapping[str, Any], traits: Mapping[str, Any], context: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Properties for the clear, and what is to be sealed: all traits, personal properties. Queries
    of addresses are dropped: people's e-mail addresses end up in them."""
    sealed: dict[str, Any] = {}
    clear, hidden = _part(properties)
    if traits:
        sealed["traits"] = dict(traits)
    if hidden:
        sealed["properties"] = hidden
    return clear, sealed


def reduce_context(context: Mapping[str, Any]) -> dict[str, Any]:
    """The little of a context that is kept: kind of device, language, place, campaign, page. Never
    an address on the network, a user agent or an id of a device."""
    told = context.get
    device, system = _mapping(told("device")), _mapping(told("os"))
    agent = told("userAgent")
    seen = _agent(agent) if isinstance(agent, str) else ("", "", "")
    page, campaign, place = _mapping(told("page")), told("campaign"), told("location")
    kept: dict[str, Any] = {
        "device": _text(device.get("type")) or seen[0],
        "os": _text(system.get("name")) or seen[1],
        "browser": seen[2],
        "locale": _text(told("locale")),
        "timezone": _text(told("timezone")),
        "page": path_of(page.get("path") or page.get("url")),
        "referrer": _host(page.get("referrer") or _mapping(told("referrer")).get("url")),
        "library": _text(_mapping(told("library")).get("name")),
        "campaign": _texts(campaign) if campaign else {},
        "location": _location(place) if place else {},
        "consent": _mapping(told("consent")),
    }
    return {key: value for key, value in kept.items() if value}


def path_of(value: Any) -> str:
    """The path of an address, without host, query and fragment."""
    return _split(value)[1]


def _part(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    clear: dict[str, Any] = {}
    hidden: dict[str, Any] = {}
    for key, value in values.items():
        if _is_personal(key):
            hidden[key] = value
        elif isinstance(value, str):
            if key.lower() in _LINKS:
                clear[key] = value.partition("?")[0].partition("#")[0]
            elif "@" in value and _MAIL.search(value):
                hidden[key] = value
            elif not (key == "search" and value.startswith("?")):
                clear[key] = value
        elif isinstance(value, dict):
            _keep(key, _part(value), clear, hidden)
        elif isinstance(value, list) and any(isinstance(item, str | dict | list) for item in value):
            _keep_list(key, value, clear, hidden)
        else:
            clear[key] = value
    return clear, hidden


@lru_cache(maxsize=8_192)
def _is_personal(key: str) -> bool:
    """Shops use few keys, so judging each once is enough."""
    return _SEPARATORS.sub("", key).lower() in PERSONAL_KEYS


def _keep(
    key: str,
    parts: tuple[dict[str, Any], dict[str, Any]],
    clear: dict[str, Any],
    hidden: dict[str, Any],
) -> None:
    clear[key] = parts[0]
    if parts[1]:
        hidden[key] = parts[1]


def _keep_list(key: str, values: list[Any], clear: dict[str, Any], hidden: dict[str, Any]) -> None:
    """A list is parted item by item; one with anything personal in it is also sealed whole."""
    parts = [_part({"": item}) for item in values]
    clear[key] = [part[0].get("") for part in parts]
    if any(part[1] for part in parts):
        hidden[key] = values


@lru_cache(maxsize=4_096)
def _agent(agent: str) -> tuple[str, str, str]:
    """Kind of device, operating system and family of browser, as coarsely as is useful."""
    text = agent.lower()
    system = next(
        (
            name
            for mark, name in (
                ("windows", "Windows"),
                ("iphone", "iOS"),
                ("ipad", "iOS"),
                ("android", "Android"),
                ("mac os", "macOS"),
                ("linux", "Linux"),
            )
            if mark in text
        ),
        "",
    )
    browser = next(
        (
            name
            for mark, name in (
                ("edg", "Edge"),
                ("opr/", "Opera"),
                ("firefox", "Firefox"),
                ("chrome", "Chrome"),
                ("crios", "Chrome"),
                ("safari", "Safari"),
            )
            if mark in text
        ),
        "",
    )
    if "ipad" in text or "tablet" in text:
        return "tablet", system, browser
    return ("mobile" if "mobi" in text or "iphone" in text else "desktop"), system, browser


def _location(value: Any) -> dict[str, str]:
    told = _mapping(value)
    found = {key: _text(told.get(key)) for key in ("country", "region", "city")}
    return {key: text for key, text in found.items() if text}


def _texts(value: Any) -> dict[str, str]:
    told = {str(key)[:60]: _text(item) for key, item in list(_mapping(value).items())[:20]}
    return {key: text for key, text in told.items() if text and "@" not in text}


def _text(value: Any) -> str:
    return value.strip()[:MAX_KEPT] if isinstance(value, str) else ""


def _host(value: Any) -> str:
    return _split(value)[0]


def _split(value: Any) -> tuple[str, str]:
    text = _text(value)
    return _parts(text) if text else ("", "")


@lru_cache(maxsize=8_192)
def _parts(text: str) -> tuple[str, str]:
    try:
        parts = urlsplit(text)
        return parts.hostname or "", "" if "@" in parts.path else parts.path
    except ValueError:
        return "", ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
