"""Core attributes: what people or the shop say about a person in a message's traits. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from profiles.attributes.claim import Claim, Unfit, clean_whole, coerce
from profiles.data import Event

RULE = "core.v1"
MAX_TRAITS = 300
MAX_NAME = 50

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_ADDRESS = {
    "street": "street",
    "address1": "street",
    "postalcode": "postal_code",
    "postal_code": "postal_code",
    "zip": "postal_code",
}
_PLACE = frozenset({"country", "region", "state", "city"})


class Feeds(Protocol):
    """Which attribute a trait feeds, and of which kind it is. ``fits`` is False for attributes made
    for a trait nobody foresaw: their values are kept as they came."""

    @property
    def slug(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def personal(self) -> bool: ...
    @property
    def fits(self) -> bool: ...


def spell(name: str) -> str:
    """A trait's name in one spelling: ``firstName`` and ``First name`` are ``first_name``."""
    return _NOT_SLUG.sub("_", _HUMP.sub("_", name).lower()).strip("_")[:MAX_NAME]


def traits_of(event: Event) -> dict[str, Any]:
    """The traits of a message about a person, by spelled name, an address taken apart."""
    if event.kind == "group" or not event.traits:
        return {}
    found: dict[str, Any] = {}
    place: dict[str, Any] = {}
    for name, value in list(event.traits.items())[:MAX_TRAITS]:
        spelled = spell(str(name))
        if spelled == "address" and isinstance(value, Mapping):
            for part, inside in value.items():
                target = _ADDRESS.get(str(part).lower())
                if target:
                    found[target] = inside
            place |= {str(part).lower(): inside for part, inside in value.items()}
        elif spelled in _PLACE:
            place[spelled] = value
        elif spelled:
            found[spelled] = value
    if any(place.get(part) for part in _PLACE):
        found["location"] = place
    return found


def derive(event: Event, feeds: Mapping[str, Feeds]) -> Iterator[Claim]:
    """What the event claims about its person. A trait without an entry in ``feeds`` is passed over,
    a null withdraws, a value of the wrong kind claims nothing."""
    for name, value in traits_of(event).items():
        attribute = feeds.get(name)
        if attribute is None:
            continue
        try:
            fitted = _fit(attribute, value)
        except Unfit:
            continue
        yield Claim(attribute.slug, fitted, RULE, personal=attribute.personal)


def _fit(attribute: Feeds, value: Any) -> Any:
    if value is None:
        return None
    if not attribute.fits:
        return clean_whole(value)
    return coerce(attribute.kind, value)
