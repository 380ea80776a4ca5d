"""What recommendations hands out. Plain frozen data, standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Query:
    """One question of a storefront. ``at`` lets a preview ask about another moment.

    ``trusted``: the asker vouches for who the visitor is, as a server does. Where nobody does, only
    a browser's own id opens reasons that tell what the visitor did.
    """

    identifiers: Mapping[str, str] = field(default_factory=dict)
    item_id: str = ""
    placement: str = "default"
    device: str = ""
    text: str = ""
    limit: int = 10
    exclude: frozenset[str] = frozenset()
    at: datetime | None = None
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is shown: a stable ``code``, a sentence for people, and what it refers to."""

    code: str
    text: str
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """One recommended item."""

    item_id: str
    score: float
    reason: Reason
    override: str = ""


@dataclass(frozen=True, slots=True)
class Slate:
    """The answer: items in order, whether they were chosen for this person, and from which
    models."""

    request_id: UUID
    placement: str
    items: tuple[Scored, ...]
    personalised: bool
    algorithm: str
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A catalogue item as the shop shows it."""

    item_id: str
    name: str
    category: tuple[str, ...]
    brand: str
    price: Decimal | None
    currency: str
    image_url: str
    url: str
    in_stock: bool
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    available_from: datetime | None = None
    available_until: datetime | None = None
