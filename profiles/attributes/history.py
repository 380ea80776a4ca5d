"""Attribute values as they were, and every version of one attribute with its cause."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cdp.lib import sql
from profiles.attributes import write
from profiles.attributes.catalogue import BY_SLUG, CONTEXT
from profiles.attributes.inferred import COMPUTED
from profiles.attributes.models import Definition
from profiles.attributes.precedence import Weight, strongest_first
from profiles.data import AttributeValue, Module
from profiles.events.models import Source

_COLUMNS = """c.attribute, c.slot, c.value, c.sealed, c.node_id, c.source_id, c.rank, c.observed_at,
c.recorded_at, c.event_id, c.rule"""
_NOW = f"SELECT {_COLUMNS} FROM profiles_value c WHERE c.profile_id = %s"  # noqa: S608
_THEN = f"""
SELECT DISTINCT ON (c.attribute, c.slot) {_COLUMNS} FROM profiles_observation c
WHERE c.profile_id = %s AND c.observed_at <= %s
ORDER BY c.attribute, c.slot, {strongest_first("c")}
"""  # noqa: S608
_EVERY = f"""
SELECT {_COLUMNS} FROM profiles_observation c
WHERE c.profile_id = %s AND c.attribute = %s AND c.slot = %s
ORDER BY c.observed_at, c.event_id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Version:
    """One value an attribute had, from its observation until the next change. ``value`` None: the
    attribute was withdrawn."""

    value: AttributeValue
    since: datetime
    until: datetime | None


def held(profile_id: UUID, at: datetime | None = None) -> list[AttributeValue]:
    """The claims that hold, now or among those observed until ``at``, withdrawn ones left out."""
    rows = sql.rows(_THEN, [profile_id, at]) if at else sql.rows(_NOW, [profile_id])
    names = _Names()
    return [value for row in rows for value in names.read(row) if value.value is not None]


def versions(profile_id: UUID, slug: str) -> list[Version]:
    """How one attribute of a living profile came to its present value, newest first. A claim that
    never held, because a more trusted one did, is no version."""
    shipped = BY_SLUG.get(slug)
    slot = shipped.slot if shipped else ""
    rows = sql.rows(_EVERY, [profile_id, CONTEXT if slot else slug, slot])
    names = _Names()
    turns: list[AttributeValue] = []
    best: Weight | None = None
    for row in rows:
        weight = Weight(row[6], row[7], row[9])
        told = [value for value in names.read(row) if value.attribute == slug]
        if not told or (best is not None and weight < best):
            continue
        best = weight
        if not turns or turns[-1].value != told[0].value:
            turns.append(told[0])
    ends: list[datetime | None] = [turn.observed_at for turn in turns[1:]]
    found = [
        Version(turn, turn.observed_at, until)
        for turn, until in zip(turns, [*ends, None][: len(turns)], strict=True)
        if turn.observed_at is not None
    ]
    return found[::-1]


class _Names:
    """Titles of attributes and slugs of sources, read once."""

    def __init__(self) -> None:
        told = Definition.objects.values_list("slug", "title", "module")
        self.titles: Mapping[str, tuple[str, str]] = {slug: (t, m) for slug, t, m in told}
        self.sources: Mapping[int, str] = dict(Source.objects.values_list("pk", "slug"))

    def read(self, row: tuple[Any, ...]) -> Iterable[AttributeValue]:
        """The attribute values in one claim: one, or each of a group of circumstances."""
        slug, slot, value, sealed, node_id = row[:5]
        if slot and slug == CONTEXT:
            for name, inside in sorted(json.loads(value).items()):
                yield self._value(name, inside, row, personal=False)
        elif sealed is not None:
            yield self._value(slug, write.unseal(node_id, slug, sealed), row, personal=True)
        else:
            yield self._value(slug, None if value is None else json.loads(value), row)

    def _value(
        self, slug: str, value: Any, row: tuple[Any, ...], *, personal: bool = False
    ) -> AttributeValue:
        title, module = self.titles.get(slug, (slug, Module.CORE.value))
        source = "computed" if row[5] == COMPUTED else self.sources.get(row[5], str(row[5]))
        return AttributeValue(
            attribute=slug,
            title=title,
            module=Module(module),
            value=value,
            source=source,
            observed_at=row[7],
            recorded_at=row[8],
            rule=row[10],
            event_id=row[9],
            personal=personal,
        )
