"""Live segments, ready to evaluate: rules parsed once per version and kept in the process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from consent import api as consent
from profiles.data import Module, Surface
from segments.rules import graph
from segments.rules.comparison import RuleFault
from segments.rules.models import RuleVersion, Segment
from segments.rules.nodes import AttributeTest, EventTest, Node, leaves
from segments.rules.parse import parse

BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
"""Before any event: what a rule without a window looks back to."""

log = structlog.get_logger("segments")


@dataclass(frozen=True, slots=True)
class Plan:
    """One segment's current rule, and what it depends on. ``purposes`` is the mask under which it
    may look at events and people; 0 where its purpose is gone, so that nobody is in it."""

    segment_id: int
    slug: str
    purpose: str
    purposes: int
    node: Node
    fields: frozenset[str]
    behaviour: bool
    kinds: frozenset[str]
    names: frozenset[str]
    needs: frozenset[str]

    def looks_back_to(self, now: datetime) -> datetime | None:
        """The oldest event the rule may need; None where it needs none."""
        starts = [
            now - timedelta(days=leaf.window.days)
            if leaf.window.days
            else leaf.window.start or BEGINNING
            for leaf in leaves(self.node)
            if isinstance(leaf, EventTest)
        ]
        return min(starts, default=None)


@dataclass(frozen=True, slots=True)
class _Parsed:
    node: Node
    kinds_of_fields: dict[str, str]


_kept: dict[int, _Parsed] = {}


def live(surface: Surface, *, also_faulty: bool = False) -> list[Plan]:
    """The plans of all live segments, each after those it rests on: one query when nothing changed.
    Segments that are faulty are left out unless asked for; one that proves faulty is marked."""
    rows = list(
        Segment.objects.filter(state=Segment.State.LIVE)
        .order_by("slug")
        .values_list("id", "slug", "purpose", "current_id", "fault")
    )
    wanted = [row for row in rows if also_faulty or not row[4]]
    _forget({row[3] for row in rows})
    _read([row[3] for row in wanted], surface)
    plans = {}
    for segment_id, slug, purpose, version_id, _ in wanted:
        parsed = _kept.get(version_id)
        if parsed is None:
            mark_faulty(segment_id, "The rule asks for something that is gone. Open and mend it.")
        else:
            plans[slug] = plan_of(parsed.node, surface, segment_id, slug, purpose)
    return [plans[slug] for slug in graph.in_order({s: p.needs for s, p in plans.items()})]


def plan_of(node: Node, surface: Surface, segment_id: int, slug: str, purpose: str) -> Plan:
    """The plan of one rule."""
    known = consent.purposes()
    tests = list(leaves(node))
    fields = frozenset(leaf.field for leaf in tests if isinstance(leaf, AttributeTest))
    events = [leaf for leaf in tests if isinstance(leaf, EventTest)]
    return Plan(
        segment_id=segment_id,
        slug=slug,
        purpose=purpose,
        purposes=known[purpose].mask if purpose in known else 0,
        node=node,
        fields=fields,
        behaviour=any(surface.fields[name].module is Module.BEHAVIOURAL for name in fields),
        kinds=frozenset(leaf.kind for leaf in events if leaf.kind),
        names=frozenset(leaf.name for leaf in events if leaf.name),
        needs=graph.named(node),
    )


def mark_faulty(segment_id: int, reason: str) -> None:
    """Set a segment aside until its rule is mended; others go on."""
    Segment.objects.filter(pk=segment_id).update(fault=reason[:200])
    log.warning("segment.faulty", segment_id=segment_id)


def looks_back_to(plans: Sequence[Plan], now: datetime) -> datetime | None:
    """The oldest event any of the plans may need."""
    starts = [start for plan in plans if (start := plan.looks_back_to(now))]
    return min(starts, default=None)


def _read(version_ids: Sequence[int | None], surface: Surface) -> None:
    """Parse the versions not yet kept, and again those whose attributes changed their kind."""
    missing = [
        version_id
        for version_id in version_ids
        if version_id is not None and not _still_good(_kept.get(version_id), surface)
    ]
    if not missing:
        return
    for version_id, rule in RuleVersion.objects.filter(pk__in=missing).values_list("pk", "rule"):
        _kept.pop(version_id, None)
        try:
            node = parse(rule, surface.fields)
        except RuleFault:
            continue
        asked = {leaf.field for leaf in leaves(node) if isinstance(leaf, AttributeTest)}
        _kept[version_id] = _Parsed(node, {name: surface.fields[name].kind for name in asked})


def _still_good(parsed: _Parsed | None, surface: Surface) -> bool:
    return parsed is not None and all(
        name in surface.fields and surface.fields[name].kind == kind
        for name, kind in parsed.kinds_of_fields.items()
    )


def _forget(living: set[int | None]) -> None:
    for version_id in _kept.keys() - living:
        del _kept[version_id]
