"""What profiles hands out and takes in. Plain frozen data, standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID


class Module(StrEnum):
    """The four modules an attribute belongs to."""

    CORE = "core"
    BEHAVIOURAL = "behavioural"
    CONTEXTUAL = "contextual"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Line:
    """One product within an event. ``price`` is per piece in the event's currency."""

    item_id: str
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    category: str = ""
    brand: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """An event that passed consent and belongs to a profile, as stages after identity see it.

    ``kind`` is our own vocabulary (view, add, remove, checkout, purchase, refund, search, wishlist,
    review, coupon, promotion, page, screen, identify, alias, group, custom); ``name`` is what the
    sender called it. ``node_id`` is the identifier the event was attributed by, ``profile_id`` the
    profile that identifier belongs to now (None: an order without a person). ``purposes`` is the
    mask of purposes for which this event may be used.
    """

    event_id: UUID
    source_id: int
    message_id: str
    kind: str
    name: str
    node_id: UUID | None
    profile_id: UUID | None
    timestamp: datetime
    received_at: datetime
    sent_at: datetime | None
    original_timestamp: datetime | None
    purposes: int
    lines: tuple[Line, ...] = ()
    order_id: str = ""
    revenue: Decimal | None = None
    currency: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    skewed: bool = False


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A source as the event path needs it."""

    source_id: int
    slug: str
    kind: str
    trust_rank: int
    allowed_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """An identifier, normalised. ``node_id`` is its blind index; ``strong`` ones were given by the
    person or the shop (user id, e-mail), the others belong to a device."""

    kind: str
    value: str
    node_id: UUID
    strong: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message parsed and understood, before anyone was found for it.

    ``consent`` is what the message itself states, by purpose slug (None: nothing). The gate fills
    ``identifiers`` (strongest first, only those that may be kept) and ``purposes``.
    """

    source: SourceInfo
    type: str
    kind: str
    name: str
    message_id: str
    timestamp: datetime
    received_at: datetime
    sent_at: datetime | None = None
    original_timestamp: datetime | None = None
    skewed: bool = False
    user_id: str = ""
    anonymous_id: str = ""
    previous_id: str = ""
    group_id: str = ""
    traits: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, bool] | None = None
    lines: tuple[Line, ...] = ()
    order_id: str = ""
    revenue: Decimal | None = None
    currency: str = ""
    identifiers: tuple[Known, ...] = ()
    purposes: int = 0


@dataclass(frozen=True, slots=True)
class Merge:
    """Two profiles that proved to be one person; ``loser_id`` lives on as an alias of the
    winner."""

    winner_id: UUID
    loser_id: UUID


@dataclass(frozen=True, slots=True)
class Batch:
    """What travels along ``settings.EVENT_STAGES``. Each stage returns a changed copy.

    ``requests`` are the raw requests being digested; ``arrivals`` are parsed messages that no one
    has been found for yet; ``events`` are filled by ``resolve_identity``. ``changed``
    holds, by profile, the names of attributes that got another value. ``moved`` are profiles that
    gained or lost history by a merge or a split: what is derived from events is derived anew.
    ``heard`` are subjects whose messages changed what may be done with their data, whether or not
    the messages themselves were kept.
    """

    requests: Sequence[Any] = ()
    arrivals: Sequence[Arrival] = ()
    events: Sequence[Event] = ()
    merges: Sequence[Merge] = ()
    changed: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    moved: frozenset[UUID] = frozenset()
    heard: frozenset[UUID] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def profile_ids(self) -> frozenset[UUID]:
        """Every living profile this batch touched."""
        people = {event.profile_id for event in self.events if event.profile_id}
        winners = {merge.winner_id for merge in self.merges}
        losers = {merge.loser_id for merge in self.merges}
        return frozenset((people | set(self.changed) | self.moved | winners) - losers)


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """The value of one attribute, and why it is that."""

    attribute: str
    title: str
    module: Module
    value: Any
    source: str
    observed_at: datetime | None
    recorded_at: datetime | None
    rule: str
    event_id: UUID | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Identifier:
    """One way a person is known, in clear."""

    kind: str
    value: str
    node_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """One person."""

    profile_id: UUID
    known: bool
    created_at: datetime
    last_seen_at: datetime | None
    merged: tuple[UUID, ...]
    identifiers: tuple[Identifier, ...]
    attributes: tuple[AttributeValue, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """A claim about an attribute, to be weighed against the others by precedence."""

    profile_id: UUID
    attribute: str
    value: Any
    source: str
    observed_at: datetime
    rule: str
    event_id: UUID | None = None
    node_id: UUID | None = None


FieldKind = Literal["text", "number", "datetime", "boolean", "path", "set"]


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute that rules and features may use.

    ``sql`` is a scalar expression over the joins of :class:`Surface` (NULL where the person has no
    value): text → text, number → numeric, datetime → timestamptz, boolean → boolean, path and
    set → text[] (a path runs from the root down).
    """

    name: str
    title: str
    kind: FieldKind
    module: Module
    sql: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventSurface:
    """Where events stand in SQL. Each member is an expression over the alias ``e``.

    ``items``, ``categories``, ``brands``, ``quantities`` and ``prices`` are parallel arrays, one
    element a line; ``prop`` is a template taking ``{key}`` (a bound parameter's place) and giving
    text.
    """

    table: str
    profile_id: str
    kind: str
    name: str
    timestamp: str
    purposes: str
    revenue: str
    items: str
    categories: str
    brands: str
    quantities: str
    prices: str
    prop: str


@dataclass(frozen=True, slots=True)
class Surface:
    """All that rules may ask, as data: no segment code names a profile column.

    ``joins`` is a FROM clause with alias ``p`` for the profile; ``profile_id`` its key; ``current``
    a condition that holds for living profiles (not merged away).
    """

    joins: str
    profile_id: str
    current: str
    fields: Mapping[str, Field]
    events: EventSurface


@dataclass(frozen=True, slots=True)
class Facts:
    """One profile, loaded for evaluation in memory: attribute values by field name, and events with
    the newest first."""

    profile_id: UUID
    attributes: Mapping[str, Any]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks the storefront API, in one query: the profile, the mask of permitted purposes, and
    the kinds of those identifiers asked with that are this profile's."""

    profile_id: UUID | None
    purposes: int
    country: str = ""
    kinds: frozenset[str] = frozenset()
