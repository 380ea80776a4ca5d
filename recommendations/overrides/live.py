"""The published rules as serving holds them in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdp.lib import sql
from recommendations.overrides.apply import Rule
from recommendations.overrides.models import Override

VERSION_SQL = """
(SELECT md5(coalesce(string_agg(id || ':' || xmin, ',' ORDER BY id), ''))
 FROM recommendations_override)
"""
"""Changes with every insert, update and delete: each row's last writer is part of it."""

UNSAVED = 2**63 - 1
"""The id of a rule that has none yet: among equals the older rule holds."""

COLUMNS = (
    "id, name, kind, item_ids, category, brand, tag, position, factor, priority, placements, "
    "segment_id, starts_at, ends_at"
)


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A rule with where, for whom and when it holds."""

    rule: Rule
    placements: frozenset[str]
    segment_id: int | None
    starts_at: datetime | None
    ends_at: datetime | None

    def holds(self, placement: str, segment_ids: frozenset[int], at: datetime) -> bool:
        """Whether it speaks at this place, to a person in these segments, at this moment."""
        return (
            (not self.placements or placement in self.placements)
            and (self.segment_id is None or self.segment_id in segment_ids)
            and (self.starts_at is None or self.starts_at <= at)
            and (self.ends_at is None or at < self.ends_at)
        )


def load() -> tuple[LiveRule, ...]:
    """All published, enabled rules, past and future ones too (a preview may ask about another
    day)."""
    return tuple(
        _rule(row)
        for row in sql.rows(
            f"SELECT {COLUMNS} FROM recommendations_override "  # noqa: S608
            "WHERE enabled AND state = 'published' ORDER BY id"
        )
    )


def as_rule(override: Override) -> LiveRule:
    """An override, saved or not, as a rule. One that was never saved comes after
    all others, as it will once it is."""
    return _rule(
        (
            override.pk or UNSAVED,
            override.name,
            override.kind,
            override.item_ids,
            override.category,
            override.brand,
            override.tag,
            override.position,
            override.factor,
            override.priority,
            override.placements,
            override.segment_id,
            override.starts_at,
            override.ends_at,
        )
    )


def need_segments(rules: Iterable[LiveRule], placement: str) -> bool:
    """Whether any rule for this placement asks who is in which segment."""
    return any(
        rule.segment_id is not None and (not rule.placements or placement in rule.placements)
        for rule in rules
    )


def _rule(row: tuple[Any, ...]) -> LiveRule:
    rule_id, name, kind, items, category, brand, tag, position, factor, priority, *where = row
    placements, segment_id, starts_at, ends_at = where
    rule = Rule(
        rule_id=rule_id,
        name=name,
        kind=kind,
        item_ids=tuple(items),
        category=tuple(category),
        brand=brand,
        tag=tag,
        position=position,
        factor=factor,
        priority=priority,
    )
    return LiveRule(rule, frozenset(placements), segment_id, starts_at, ends_at)
