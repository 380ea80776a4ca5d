"""What the storefront remembers of a visit: cart and sign-in in the session, the choice about
privacy in a cookie of the shop's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from cdp.demo import people, seed
from cdp.demo.people import Person
from recommendations import api as recommendations
from recommendations.data import Item

CHOICE = "shop_choice"
ANONYMOUS = "shop_anonymous"
CHOICE_SECONDS = 365 * 86_400
PURPOSES = ("analytics", "personalisation", "marketing")
NOTHING = "none"
MAX_PIECES = 20


@dataclass(frozen=True, slots=True)
class CartLine:
    """One product in the cart."""

    item: Item
    pieces: int

    @property
    def total(self) -> Decimal:
        return (self.item.price or Decimal(0)) * self.pieces


def cart(request: HttpRequest) -> list[CartLine]:
    """What is in the cart, as the catalogue knows it now."""
    kept: dict[str, int] = request.session.get("cart", {})
    found = recommendations.items(sorted(kept)) if kept else {}
    return [CartLine(found[item_id], kept[item_id]) for item_id in kept if item_id in found]


def change_cart(request: HttpRequest, item_id: str, pieces: int) -> None:
    """Set how many pieces of a product are in the cart; none takes it out."""
    kept: dict[str, int] = dict(request.session.get("cart", {}))
    kept.pop(item_id, None)
    if pieces > 0:
        kept[item_id] = min(pieces, MAX_PIECES)
    request.session["cart"] = kept


def pieces_in_cart(request: HttpRequest) -> int:
    """The number beside the cart's name."""
    return sum(request.session.get("cart", {}).values())


def choice(request: HttpRequest) -> Mapping[str, bool] | None:
    """What the visitor allowed (None: has not answered). The cookie names what is allowed, parted
    by dots, or says ``none``."""
    kept = request.COOKIES.get(CHOICE, "")
    words = set(kept.split("."))
    if not kept or not words <= {*PURPOSES, NOTHING}:
        return None
    return {slug: slug in words for slug in PURPOSES}


def choice_text(allowed: Mapping[str, bool] | None) -> str:
    """The choice as the cookie says it; empty where there is none."""
    if allowed is None:
        return ""
    return ".".join(slug for slug in PURPOSES if allowed[slug]) or NOTHING


@lru_cache(maxsize=1)
def customers() -> tuple[Person, ...]:
    """Some of the invented people who have an account: those one may sign in as."""
    known = [
        person
        for person in people.people(200, seed.SEED)
        if person.signs_in_at is not None and person.consent and all(person.consent.values())
    ]
    return tuple(sorted(known, key=lambda person: -person.sessions)[:8])


def customer(request: HttpRequest) -> Person | None:
    """Who is signed in."""
    user_id = request.session.get("customer")
    return next((person for person in customers() if person.user_id == user_id), None)


def product(item: Item, pieces: int = 1) -> dict[str, Any]:
    """A product as the tracking wire writes it."""
    return {
        "product_id": item.item_id,
        "name": item.name,
        "category": " > ".join(item.category),
        "brand": item.brand,
        "price": float(item.price or 0),
        "quantity": pieces,
        "currency": item.currency,
    }


def traits(person: Person | None) -> dict[str, Any]:
    """What the shop knows of a customer who signs in."""
    if person is None:
        return {}
    return {
        "email": person.email,
        "first_name": person.given,
        "last_name": person.family,
        "address": {"country": person.country, "city": person.city},
    }
