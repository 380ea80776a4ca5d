"""How complete profiles are: for one person, by attribute, by module, over time, and who lacks
what.

Only attributes that are ``expected`` count. Behavioural ones are worked out for everybody who did
anything, so they count as filled from a person's first event on.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cdp.lib import clock, sql
from profiles.attributes.catalogue import BY_SLUG, CONTEXT
from profiles.attributes.models import Definition
from profiles.data import Module
from profiles.quality.models import Snapshot

_SLUG = re.compile(r"[a-zA-Z0-9_-]+")

_COUNT_STORED = """
SELECT n.name, count(*)
FROM profiles_value v JOIN profiles_profile p ON p.id = v.profile_id AND p.merged_into_id IS NULL
CROSS JOIN LATERAL (
    SELECT v.attribute AS name WHERE v.attribute <> %(context)s
    UNION ALL
    SELECT k FROM jsonb_object_keys(v.value) AS k WHERE v.attribute = %(context)s
) AS n
WHERE v.value IS NOT NULL OR v.sealed IS NOT NULL
GROUP BY n.name
"""
_COUNT_AFFINITY = """
SELECT f.dimension || '_affinity', count(DISTINCT f.profile_id) FROM profiles_affinity f
JOIN profiles_profile p ON p.id = f.profile_id AND p.merged_into_id IS NULL GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """How many of ``total`` profiles have a value for an attribute."""

    attribute: str
    title: str
    module: Module
    filled: int
    total: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 where there are no profiles."""
        return self.filled / self.total if self.total else 0.0


def of_profile(profile_id: UUID) -> Mapping[Module, float]:
    """The share of expected attributes that one living profile has, by module."""
    told = _expected()
    row = sql.rows(
        f"SELECT {', '.join(f'({_has(slug)})' for slug, _, _ in told)}"  # noqa: S608
        " FROM profiles_profile p WHERE p.id = %s",
        [profile_id],
    )
    filled: dict[Module, list[bool]] = defaultdict(list)
    for (_, _, module), value in zip(told, row[0] if row else (), strict=False):
        filled[module].append(bool(value))
    return {module: sum(values) / len(values) for module, values in filled.items()}


def by_attribute() -> list[Filled]:
    """How complete everybody is now, attribute by attribute, in a fixed number of queries."""
    total = sql.rows("SELECT count(*) FROM profiles_profile WHERE merged_into_id IS NULL")[0][0]
    stored: dict[str, int] = dict(sql.rows(_COUNT_STORED, {"context": CONTEXT}))
    counted = _count_behaviour()
    return [
        Filled(slug, title, module, stored.get(slug, counted.get(slug, 0)), total)
        for slug, title, module in _expected()
    ]


def by_module(filled: Sequence[Filled]) -> dict[Module, float]:
    """The mean share by module."""
    shares: dict[Module, list[float]] = defaultdict(list)
    for one in filled:
        shares[one.module].append(one.share)
    return {module: sum(values) / len(values) for module, values in shares.items()}


def snapshot(day: date | None = None) -> int:
    """Write today's numbers, replacing earlier ones of the same day. Answers how many
    attributes."""
    today = day or clock.now().date()
    rows = [
        Snapshot(
            day=today,
            attribute=one.attribute,
            module=one.module.value,
            filled=one.filled,
            total=one.total,
        )
        for one in by_attribute()
    ]
    Snapshot.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["day", "attribute"],
        update_fields=["module", "filled", "total"],
    )
    return len(rows)


def over_time(module: Module | None = None) -> list[tuple[date, float]]:
    """The mean share of each day with a snapshot, oldest first; of one module or of all."""
    found = sql.rows(
        "SELECT day, avg(filled::float / nullif(total, 0)) FROM profiles_snapshot"
        " WHERE %(module)s::text IS NULL OR module = %(module)s GROUP BY day ORDER BY day",
        {"module": module.value if module else None},
    )
    return [(day, share or 0.0) for day, share in found]


def missing(attribute: str, *, limit: int = 100, after: UUID | None = None) -> list[UUID]:
    """Living profiles without a value for this attribute, by id, from ``after`` on."""
    found = sql.rows(
        "SELECT p.id FROM profiles_profile p WHERE p.merged_into_id IS NULL"  # noqa: S608
        f" AND (%(after)s::uuid IS NULL OR p.id > %(after)s) AND NOT ({_has(attribute)})"
        " ORDER BY p.id LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )
    return [row[0] for row in found]


def _expected() -> list[tuple[str, str, Module]]:
    told = Definition.objects.filter(expected=True).order_by("module", "title", "slug")
    return [
        (slug, title, Module(m)) for slug, title, m in told.values_list("slug", "title", "module")
    ]


def _count_behaviour() -> dict[str, int]:
    told = [one for one in BY_SLUG.values() if one.sql and one.kind != "set"]
    columns = ", ".join(f"count({one.sql})" for one in told)
    row = sql.rows(
        f"SELECT {columns} FROM profiles_behaviour b"  # noqa: S608
        " JOIN profiles_profile p ON p.id = b.profile_id AND p.merged_into_id IS NULL"
    )[0]
    counted = {one.slug: count for one, count in zip(told, row, strict=True)}
    return counted | dict(sql.rows(_COUNT_AFFINITY))


def _has(slug: str) -> str:
    """SQL over ``p``: whether the profile has a value. The slug becomes part of the text."""
    if not _SLUG.fullmatch(slug):
        raise ValueError("an attribute's slug has letters, digits, _ and - only")
    shipped = BY_SLUG.get(slug)
    if shipped and shipped.sql:
        return (
            "EXISTS (SELECT 1 FROM profiles_behaviour b WHERE b.profile_id = p.id"  # noqa: S608
            f" AND ({shipped.sql}) IS NOT NULL)"
        )
    if shipped and shipped.slot:
        held = f"v.attribute = '{CONTEXT}' AND v.slot = '{shipped.slot}' AND v.value ? '{slug}'"
    else:
        held = (
            f"v.attribute = '{slug}' AND v.slot = ''"
            " AND (v.value IS NOT NULL OR v.sealed IS NOT NULL)"
        )
    return f"EXISTS (SELECT 1 FROM profiles_value v WHERE v.profile_id = p.id AND {held})"  # noqa: S608
