"""Other published rules that speak of the same products, at the same place and time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from recommendations.overrides.apply import Candidate, Rule
from recommendations.overrides.live import LiveRule
from recommendations.serving import shop

_EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another rule, and what happens between the two, in words."""

    rule_id: int
    name: str
    what: str


def conflicts(draft: LiveRule) -> list[Conflict]:
    """The published rules that stand against this one."""
    present = shop.current()
    candidates = [
        Candidate(each, 0.0, kept.item.category, kept.item.brand, kept.item.tags)
        for each, kept in present.shelf.items()
    ]
    spoken = [each for each in candidates if draft.rule.speaks_of(each)]
    found = []
    for other in present.rules:
        if other.rule.rule_id == draft.rule.rule_id or not _meet(draft, other):
            continue
        what = _between(draft.rule, other.rule, spoken)
        if what:
            found.append(Conflict(other.rule.rule_id, other.rule.name, what))
    return found


def _meet(one: LiveRule, other: LiveRule) -> bool:
    places = not one.placements or not other.placements or one.placements & other.placements
    people = None in {one.segment_id, other.segment_id} or one.segment_id == other.segment_id
    starts = max(one.starts_at or _EVER[0], other.starts_at or _EVER[0])
    ends = min(one.ends_at or _EVER[1], other.ends_at or _EVER[1])
    return bool(places) and people and starts < ends


def _between(mine: Rule, other: Rule, spoken: Sequence[Candidate]) -> str:
    if mine.kind == other.kind == "pin":
        return _pins(mine, other)
    shared = _shares(other, spoken)
    kinds = {mine.kind, other.kind}
    if not shared or mine.kind == other.kind == "exclude":
        return ""
    if "exclude" in kinds:
        return (
            "hides products of this rule, whatever its priority"
            if other.kind == "exclude"
            else "speaks of products that this rule hides; hiding holds"
        )
    if "pin" in kinds:
        return "speaks of the same products; showing first holds"
    return f"moves the same products up or down; {_stronger(mine, other)} holds"


def _pins(mine: Rule, other: Rule) -> str:
    if mine.listed & other.listed:
        return f"shows the same products first; {_stronger(mine, other)} holds"
    first = set(range(mine.position, mine.position + len(mine.item_ids)))
    if first & set(range(other.position, other.position + len(other.item_ids))):
        return f"wants the same place; {_stronger(mine, other)} gets it, the other the next"
    return ""


def _stronger(mine: Rule, other: Rule) -> str:
    ours = (-mine.priority, mine.rule_id) < (-other.priority, other.rule_id)
    return "this rule" if ours else "the other rule"


def _shares(other: Rule, spoken: Iterable[Candidate]) -> bool:
    return any(other.speaks_of(each) for each in spoken)
