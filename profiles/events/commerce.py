"""What shops call things, and what we call them: names of events to kinds, products to lines. Pure.

The names are those of the e-commerce vocabulary that storefront SDKs send (version 2 and the older
spelling with the verb in front), and the short ones of small snippets.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from profiles.data import Line

_KINDS: Mapping[str, str] = {
    "view": "product viewed;viewed product;view;product view;view item;view product;detail",
    "add": "product added;added product;add to cart;addtocart;cart;cart add;add;"
    "wishlist product added to cart",
    "remove": "product removed;removed product;remove from cart;removefromcart;cart remove;remove",
    "checkout": "checkout started;started checkout;begin checkout;checkout;checkout step viewed;"
    "viewed checkout step;checkout step completed;completed checkout step;payment info entered",
    "purchase": "order completed;completed order;purchase;order;transaction;buy;order placed",
    "refund": "order refunded;refunded order;refund;order cancelled;cancelled order;order canceled",
    "search": "products searched;searched products;search",
    "wishlist": "product added to wishlist;add to wishlist;wishlist",
    "review": "product reviewed;review;rating",
    "coupon": "coupon entered;coupon applied;coupon denied;coupon removed",
    "promotion": "promotion viewed;viewed promotion;promotion clicked;clicked promotion",
}
KIND_OF: Mapping[str, str] = {
    name: kind for kind, names in _KINDS.items() for name in names.split(";")
}

MONEY_KINDS = frozenset({"purchase", "refund"})
MAX_LINES = 1_000
MAX_TEXT = 300
_CENT = Decimal("0.0001")
_LARGEST = Decimal("99999999999")
_SEPARATORS = re.compile(r"[\s_\-]+")
_MONEY = re.compile(r"[^\d.,\-+eE]")


class Unreadable(ValueError):
    """A value of commerce that is not what it must be. Carries the field's name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@lru_cache(maxsize=4_096)
def kind_of(name: str) -> str:
    """Our word for an event's name; ``custom`` for what has none."""
    return KIND_OF.get(_SEPARATORS.sub(" ", name).strip().lower(), "custom")


def lines_of(kind: str, properties: Mapping[str, Any]) -> tuple[Line, ...]:
    """The products an event is about: its ``products``, or the one it names itself."""
    products = properties.get("products")
    if products is None:
        line = _line(kind, properties, "properties")
        return (line,) if line else ()
    if not isinstance(products, list):
        raise Unreadable("properties.products", "Send products as a list of objects.")
    if len(products) > MAX_LINES:
        raise Unreadable("properties.products", f"Send at most {MAX_LINES} products an event.")
    return tuple(_lines(kind, products))


def revenue_of(kind: str, properties: Mapping[str, Any], lines: tuple[Line, ...]) -> Decimal | None:
    """What an order or a refund is worth: revenue, else total, else value, else the sum of its
    lines. A refund's worth is positive, whatever sign it came with. None for everything else."""
    if kind not in MONEY_KINDS:
        return None
    for field in ("revenue", "total", "value"):
        worth = number(properties.get(field), f"properties.{field}")
        if worth is not None:
            return abs(worth) if kind == "refund" else worth
    priced = [line for line in lines if line.price is not None]
    if not priced:
        return None
    total = sum((line.quantity * (line.price or 0) for line in priced), Decimal(0))
    return total.quantize(_CENT, ROUND_HALF_UP)


def currency_of(properties: Mapping[str, Any]) -> str:
    """An ISO 4217 code in capitals; empty where there is none that could be one."""
    code = properties.get("currency")
    if not isinstance(code, str):
        return ""
    code = code.strip().upper()
    return code if len(code) == 3 and code.isascii() and code.isalpha() else ""


def number(value: Any, field: str) -> Decimal | None:
    """A number, or text that is one (a currency sign and thousands' commas are forgiven), to four
    places. None for nothing; raises :class:`Unreadable` for anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Unreadable(field, f"Send {field} as a number.")
    text = str(value)
    if isinstance(value, str):
        text = _MONEY.sub("", text)
        text = text.replace(",", "") if "." in text else _decimal_comma(text)
    try:
        found = Decimal(text)
        if not found.is_finite() or abs(found) > _LARGEST:
            raise Unreadable(field, f"{field} is larger than any amount we keep.")
        return found.quantize(_CENT, ROUND_HALF_UP).normalize() + 0
    except InvalidOperation as failure:
        raise Unreadable(field, f"Send {field} as a number.") from failure


def text(value: Any) -> str:
    """Text, or a number as text; empty for anything else. Cut at 300 characters."""
    if isinstance(value, str):
        return value.strip()[:MAX_TEXT]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:MAX_TEXT]


def _lines(kind: str, products: list[Any]) -> Iterator[Line]:
    for index, product in enumerate(products):
        place = f"properties.products[{index}]"
        if not isinstance(product, dict):
            raise Unreadable(place, "Send each product as an object.")
        line = _line(kind, product, place)
        if line:
            yield line


def _line(kind: str, product: Mapping[str, Any], place: str) -> Line | None:
    item_id = ""
    for field in ("product_id", "productId", "sku", "item_id", "itemId"):
        item_id = text(product.get(field))
        if item_id:
            break
    if not item_id:
        return None
    quantity = number(product.get("quantity"), f"{place}.quantity")
    price = number(product.get("price"), f"{place}.price")
    if kind == "purchase" and quantity is not None and quantity < 0:
        raise Unreadable(f"{place}.quantity", "Send what came back as Order Refunded.")
    return Line(
        item_id=item_id,
        quantity=Decimal(1) if quantity is None else abs(quantity),
        price=price,
        category=_category(product.get("category")),
        brand=text(product.get("brand")),
        name=text(product.get("name")),
    )


def _category(value: Any) -> str:
    """A path is written with `` > `` between its steps."""
    if isinstance(value, list):
        return " > ".join(filter(None, map(text, value)))[:MAX_TEXT]
    return text(value)


def _decimal_comma(amount: str) -> str:
    """``19,99`` is a decimal comma; ``1,999`` and ``1,999,000`` part thousands."""
    head, comma, tail = amount.rpartition(",")
    if comma and len(tail) != 3 and "," not in head:
        return f"{head}.{tail}"
    return amount.replace(",", "")
