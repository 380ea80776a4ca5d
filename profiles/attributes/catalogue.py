"""The attributes every shop starts with, as data. Pure; ``definitions.py`` writes them down."""

from collections.abc import Mapping
from dataclasses import dataclass

from profiles.data import FieldKind, Module

CORE, BEHAVIOURAL = Module.CORE, Module.BEHAVIOURAL
CONTEXTUAL, INFERRED = Module.CONTEXTUAL, Module.INFERRED


@dataclass(frozen=True, slots=True)
class Seeded:
    """One attribute as shipped. ``sql`` (behavioural ones) is an expression over the alias ``b`` of
    ``profiles_behaviour`` or, where it needs no more, over ``p``."""

    slug: str
    title: str
    module: Module
    kind: FieldKind
    traits: tuple[str, ...] = ()
    personal: bool = False
    expected: bool = True
    levels: tuple[str, ...] = ()
    sql: str = ""
    slot: str = ""
    description: str = ""


LOCATION = ("Country", "Region", "City")
CONTEXT = "context"
"""Contextual attributes are kept together: one row a ``slot`` (what is seen together) and not one
row each, because every page view brings them all."""


def _affinity(dimension: str) -> str:
    return (
        "(SELECT array_agg(a.key ORDER BY a.weight DESC, a.key) FROM ("  # noqa: S608
        "SELECT f.key, f.weight FROM profiles_affinity f WHERE f.profile_id = p.id "
        f"AND f.dimension = '{dimension}' ORDER BY f.weight DESC, f.key LIMIT 5) a)"
    )


def _core(
    slug: str,
    title: str,
    kind: FieldKind = "text",
    *traits: str,
    personal: bool = False,
    expected: bool = True,
) -> Seeded:
    return Seeded(slug, title, CORE, kind, traits or (slug,), personal, expected)


def _seen(
    slug: str, title: str, slot: str, *, expected: bool = True, kind: FieldKind = "text"
) -> Seeded:
    levels = LOCATION if kind == "path" else ()
    return Seeded(slug, title, CONTEXTUAL, kind, expected=expected, levels=levels, slot=slot)


def _done(slug: str, title: str, kind: FieldKind, sql: str, description: str = "") -> Seeded:
    return Seeded(slug, title, BEHAVIOURAL, kind, sql=sql, description=description)


SEEDED: tuple[Seeded, ...] = (
    _core("email", "E-mail", personal=True),
    _core("phone", "Phone", personal=True),
    _core("first_name", "First name", "text", "first_name", "given_name", personal=True),
    _core("last_name", "Last name", "text", "last_name", "family_name", "surname", personal=True),
    _core("name", "Full name", personal=True, expected=False),
    _core("username", "User name", personal=True, expected=False),
    _core("birthday", "Birthday", "text", "birthday", "date_of_birth", personal=True),
    _core("street", "Street", "text", "street", "address_street", personal=True),
    _core("postal_code", "Postal code", "text", "postal_code", "zip", personal=True),
    _core("gender", "Gender"),
    _core("age", "Age", "number", expected=False),
    _core("title", "Title", expected=False),
    _core("language", "Language"),
    _core("company", "Company", expected=False),
    _core("created_at", "Customer since", "datetime", expected=False),
    _core("interests", "Interests", "set", expected=False),
    Seeded(
        "location", "Location", CORE, "path", ("address", "location"), levels=LOCATION,
        description="Where the person says they live: country, region, city.",
    ),
    _seen("device", "Device", "visit"),
    _seen("browser", "Browser", "visit"),
    _seen("os", "Operating system", "visit"),
    _seen("locale", "Locale", "visit"),
    _seen("timezone", "Time zone", "visit", expected=False),
    _seen("page", "Last page", "page"),
    _seen("referrer", "Last referrer", "referrer", expected=False),
    _seen("campaign", "Campaign source", "campaign", expected=False),
    _seen("campaign_medium", "Campaign medium", "campaign", expected=False),
    _seen("campaign_name", "Campaign name", "campaign", expected=False),
    _seen("current_location", "Present location", "location", expected=False, kind="path"),
    _done("events", "Events", "number", "b.events"),
    _done("active_days", "Days with activity", "number", "b.active_days"),
    _done("sessions", "Sessions", "number", "b.sessions", "Parted by 30 quiet minutes."),
    _done("seconds", "Time spent (seconds)", "number", "b.seconds"),
    _done("views", "Products viewed", "number", "b.views"),
    _done("carts", "Products put in the cart", "number", "b.carts"),
    _done("orders", "Orders", "number", "b.orders"),
    _done("revenue", "Revenue", "number", "b.revenue", "Sum of all orders, before refunds."),
    _done(
        "average_order_value", "Average order value", "number",
        "round(b.revenue / nullif(b.orders, 0), 4)",
    ),
    _done("pieces", "Pieces bought", "number", "b.pieces"),
    _done("refunds", "Refunds", "number", "b.refunds"),
    _done("refunded", "Money refunded", "number", "b.refunded"),
    _done("first_seen_at", "First seen", "datetime", "b.first_at"),
    _done("last_seen_at", "Last seen", "datetime", "b.last_at"),
    _done("first_order_at", "First order", "datetime", "b.first_order_at"),
    _done("last_order_at", "Last order", "datetime", "b.last_order_at"),
    _done(
        "days_since_last_order", "Days since the last order", "number",
        "floor(extract(epoch FROM now() - b.last_order_at) / 86400)",
    ),
    _done("category_affinity", "Favourite categories", "set", _affinity("category"), "Five."),
    _done("brand_affinity", "Favourite brands", "set", _affinity("brand"), "Five."),
    Seeded("rfm_cluster", "RFM cluster", INFERRED, "text", description="Found by K-means."),
)  # fmt: skip

BY_SLUG: Mapping[str, Seeded] = {attribute.slug: attribute for attribute in SEEDED}

FIELD_NAMES: Mapping[str, str] = {
    "category_affinity": "affinity.category",
    "brand_affinity": "affinity.brand",
}
"""Attributes whose name in rules is not ``module.slug``."""


def field_name(slug: str, module: str) -> str:
    """What rules, ``Batch.changed`` and facts call an attribute."""
    return FIELD_NAMES.get(slug) or f"{module}.{slug}"


def field_names(slug: str, module: str) -> tuple[str, ...]:
    """:func:`field_name`, and the names of the levels of a location."""
    name = field_name(slug, module)
    if slug in {"location", "current_location"}:
        return (name, f"{module}.country", f"{module}.city")
    return (name,)


BEHAVIOUR_NAMES = frozenset(
    field_name(attribute.slug, attribute.module) for attribute in SEEDED if attribute.sql
)
"""What may change with any event."""
