"""What invented people do: sessions as messages of the tracking wire. Pure; a seed decides it."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cdp.demo.catalogue import CURRENCY, GOES_WITH, Good, goods
from cdp.demo.people import Person

DAYS = 120
Message = dict[str, Any]

_AGENTS = {
    True: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    False: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
}
_CAMPAIGNS = ("newsletter", "search", "social", "")


def messages(person: Person, until: datetime, seed: int) -> list[Message]:
    """Everything this person sent in the :data:`DAYS` before ``until``, oldest first."""
    dice = random.Random(f"{seed}:{person.number}:story")  # noqa: S311  not a secret
    starts = sorted(
        until - timedelta(seconds=dice.triangular(600, DAYS * 86_400, 600))
        for _ in range(person.sessions)
    )
    told = [
        message
        for number, start in enumerate(starts)
        for message in _Session(person, number, start, dice).told()
        if message["timestamp"] < until
    ]
    for number, message in enumerate(told):
        message["messageId"] = f"demo-{seed}-{person.number}-{number}"
        message["timestamp"] = message["timestamp"].isoformat()
    return told


class _Session:
    """One visit, told as it goes."""

    def __init__(self, person: Person, number: int, start: datetime, dice: random.Random) -> None:
        self.person, self.dice, self.clock = person, dice, start
        self.number = number
        self.known = person.signs_in_at is not None and number >= person.signs_in_at
        self.campaign = dice.choice(_CAMPAIGNS)
        self.cart: list[tuple[Good, int]] = []

    def told(self) -> Iterator[Message]:
        if self.number == 0 and self.person.consent is not None:
            yield self._track("Segment Consent Preference Updated", {})
        yield self._page("Home", "/shop/")
        if self.known:
            yield self._identify()
        for _ in range(1 + int(self.dice.expovariate(0.3))):
            yield from self._look()
        if self.cart and self.dice.random() < 0.35 + self.person.eagerness:
            yield from self._buy()

    def _look(self) -> Iterator[Message]:
        good = self._choose()
        yield self._track("Product Viewed", _product(good) | {"currency": CURRENCY})
        if self.dice.random() < self.person.eagerness and good.in_stock:
            pieces = self.dice.choice((1, 1, 1, 2, 3))
            self.cart.append((good, pieces))
            yield self._track("Product Added", _product(good, pieces) | {"currency": CURRENCY})

    def _choose(self) -> Good:
        """Mostly after the person's taste, often something that goes with what is in the cart."""
        tastes = self.person.categories
        category = self.dice.choices(list(tastes), list(tastes.values()))[0]
        collection = self.person.collection
        if self.cart and self.dice.random() < 0.5:
            last = self.cart[-1][0]
            category, collection = GOES_WITH[last.category], last.collection
        choice = _shelf(category)
        weights = [
            (3.0 if good.collection == collection else 1.0)
            * (2.0 if good.brand in self.person.brands else 1.0)
            * (1.5 if float(good.price) < 30 * (1.4 - self.person.thrift) else 0.8)
            / (rank + 4)
            for rank, good in enumerate(choice)
        ]
        return self.dice.choices(choice, weights)[0]

    def _buy(self) -> Iterator[Message]:
        order_id = f"D{self.person.number:05d}-{self.number:02d}"
        total = float(sum(good.price * pieces for good, pieces in self.cart))
        order = {
            "order_id": order_id,
            "currency": CURRENCY,
            "revenue": total,
            "total": total,
            "products": [_product(good, pieces) for good, pieces in self.cart],
        }
        yield self._track("Checkout Started", order)
        if self.dice.random() < 0.85:
            yield self._track("Order Completed", order)
            if self.dice.random() < 0.06:
                yield self._refund(order_id)

    def _refund(self, order_id: str) -> Message:
        self.clock += timedelta(days=self.dice.randrange(2, 12))
        good, pieces = self.cart[0]
        amount = float(good.price * pieces)
        return self._track(
            "Order Refunded",
            {
                "order_id": order_id,
                "currency": CURRENCY,
                "total": amount,
                "revenue": amount,
                "products": [_product(good, pieces)],
            },
        )

    def _identify(self) -> Message:
        person = self.person
        traits = {
            "email": person.email,
            "first_name": person.given,
            "last_name": person.family,
            "address": {"country": person.country, "city": person.city},
        }
        if person.number % 3:
            traits |= {"gender": person.gender, "birthday": f"{person.birth_year}-05-17"}
        return self._message("identify") | {"traits": traits}

    def _page(self, name: str, path: str) -> Message:
        return self._message("page") | {"name": name, "properties": {"path": path, "title": name}}

    def _track(self, event: str, properties: dict[str, Any]) -> Message:
        return self._message("track") | {"event": event, "properties": properties}

    def _message(self, kind: str) -> Message:
        self.clock += timedelta(seconds=self.dice.randrange(5, 140))
        person = self.person
        context: dict[str, Any] = {
            "locale": person.locale,
            "userAgent": _AGENTS[person.mobile],
            "device": {"type": "mobile" if person.mobile else "desktop"},
            "location": {"country": person.country, "city": person.city},
        }
        if self.campaign:
            context["campaign"] = {"source": self.campaign}
        if person.consent is not None:
            context["consent"] = {"categoryPreferences": dict(person.consent)}
        message = {
            "type": kind,
            "anonymousId": person.anonymous_id,
            "timestamp": self.clock,
            "context": context,
        }
        return message | ({"userId": person.user_id} if self.known else {})


def _product(good: Good, pieces: int = 1) -> dict[str, Any]:
    return {
        "product_id": good.item_id,
        "name": good.name,
        "category": good.category,
        "brand": good.brand,
        "price": float(good.price),
        "quantity": pieces,
    }


@lru_cache(maxsize=32)
def _shelf(category: str) -> tuple[Good, ...]:
    """The category's goods, the popular ones first."""
    shelf = [good for good in goods() if good.category == category]
    random.Random(category).shuffle(shelf)  # noqa: S311  not a secret
    return tuple(shelf)
