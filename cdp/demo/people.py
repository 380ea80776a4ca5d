"""Invented people, with tastes, habits and an opinion on consent. Pure; a seed decides all."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cdp.demo.catalogue import BRANDS, COLLECTIONS, GOODS


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GIVEN = _words(
    "Anna Ben Clara David Elin Felix Greta Hugo Ida Jonas Kaja Leo Maja Noah Olivia Paul "
    "Rosa Samuel Tilda Viktor Wanda Yusuf Zoe Amira Bruno Chiara Dario Emilia Finn Hana"
)
_FAMILY = _words(
    "Albers Bianchi Carlsen Dubois Eriksen Fontaine Garcia Hansen Ito Jansen Keller "
    "Lindqvist Moreau Novak Okafor Petrov Quist Rossi Schmidt Tanaka Urban Vermeer Weber "
    "Young Zeller"
)
_PLACES = (
    ("Germany", "Berlin", "de-DE"),
    ("Germany", "Hamburg", "de-DE"),
    ("Austria", "Vienna", "de-AT"),
    ("France", "Lyon", "fr-FR"),
    ("France", "Paris", "fr-FR"),
    ("Netherlands", "Utrecht", "nl-NL"),
    ("Sweden", "Malmö", "sv-SE"),
    ("Italy", "Turin", "it-IT"),
    ("Spain", "Valencia", "es-ES"),
    ("Ireland", "Cork", "en-IE"),
)
_CONSENTS: tuple[tuple[float, Mapping[str, bool] | None], ...] = (
    (0.60, {"analytics": True, "personalisation": True, "marketing": True}),
    (0.17, {"analytics": True, "personalisation": True, "marketing": False}),
    (0.08, {"analytics": True, "personalisation": False, "marketing": False}),
    (0.10, {"analytics": False, "personalisation": False, "marketing": False}),
    (0.05, None),
)
"""How many choose what. None: was never asked or never answered, so nothing but orders is kept."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who visits. ``signs_in_at`` is the number of the session in which an account is first
    used (None: stays anonymous)."""

    number: int
    given: str
    family: str
    country: str
    city: str
    locale: str
    gender: str
    birth_year: int
    mobile: bool
    consent: Mapping[str, bool] | None
    categories: Mapping[str, float]
    brands: frozenset[str]
    collection: str
    sessions: int
    eagerness: float
    thrift: float
    signs_in_at: int | None

    @property
    def user_id(self) -> str:
        return f"customer-{self.number:05d}"

    @property
    def anonymous_id(self) -> str:
        return f"browser-{self.number:05d}"

    @property
    def email(self) -> str:
        return f"{self.given}.{self.family}.{self.number}@example.org".lower()


def people(count: int, seed: int) -> Iterator[Person]:
    """``count`` people; the same seed gives the same ones, and more of them the same first ones."""
    for number in range(1, count + 1):
        yield _person(number, random.Random(f"{seed}:{number}"))  # noqa: S311  not a secret


def _person(number: int, dice: random.Random) -> Person:
    country, city, locale = dice.choice(_PLACES)
    sessions = 1 + min(int(dice.expovariate(0.33)), 14)
    return Person(
        number=number,
        given=dice.choice(_GIVEN),
        family=dice.choice(_FAMILY),
        country=country,
        city=city,
        locale=locale,
        gender=dice.choice(("female", "female", "male", "other")),
        birth_year=dice.randrange(1948, 2007),
        mobile=dice.random() < 0.58,
        consent=_consent(dice),
        categories=_tastes(dice),
        brands=frozenset(dice.sample(BRANDS, 2)),
        collection=dice.choice(COLLECTIONS),
        sessions=sessions,
        eagerness=dice.betavariate(2, 4),
        thrift=dice.random(),
        signs_in_at=_signs_in(dice, sessions),
    )


def _consent(dice: random.Random) -> Mapping[str, bool] | None:
    shares = [share for share, _ in _CONSENTS]
    return dice.choices([choice for _, choice in _CONSENTS], shares)[0]


def _tastes(dice: random.Random) -> dict[str, float]:
    """Two or three favourite categories take most of the attention."""
    weights = dict.fromkeys(GOODS, 0.25)
    for rank, category in enumerate(dice.sample(sorted(GOODS), dice.choice((2, 3)))):
        weights[category] = 8.0 / (rank + 1)
    return weights


def _signs_in(dice: random.Random, sessions: int) -> int | None:
    fate = dice.random()
    if fate < 0.45:
        return 0
    return dice.randrange(sessions) if fate < 0.70 else None
