"""The marketer's overrides on a ranking. Pure: the same input gives the same answer.

Always in this order: exclude, then boost and bury, then pin. An item that may not be shown (out of
stock, deleted, already bought, excluded by the caller) cannot be brought back by any rule, and an
exclusion beats a pin. Where two rules of a kind speak about the same item or the same place, the
one with the higher priority holds, then the one with the lower id; the others are dropped for that
item.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["pin", "boost", "bury", "exclude"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One override. It speaks about the items it lists, and about those of a category (and
    everything below it), a brand or a tag. ``position`` counts from 1; ``factor`` multiplies the
    score."""

    rule_id: int
    name: str
    kind: Kind
    item_ids: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    brand: str = ""
    tag: str = ""
    position: int = 1
    factor: float = 1.0
    priority: int = 0
    listed: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "listed", frozenset(self.item_ids))

    def speaks_of(self, candidate: "Candidate") -> bool:
        """Whether this rule is about the item."""
        return (
            candidate.item_id in self.listed
            or bool(self.category and candidate.category[: len(self.category)] == self.category)
            or bool(self.brand and candidate.brand == self.brand)
            or bool(self.tag and self.tag in candidate.tags)
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may be shown, with its score before any rule (higher is better)."""

    item_id: str
    score: float
    category: tuple[str, ...] = ()
    brand: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """An item in the answer. ``before`` is its place without rules (None: it was not there)."""

    item_id: str
    score: float
    before: int | None
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """What a rule wanted and did not get, and why."""

    rule: Rule
    item_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ranking under the rules, what was taken out of it, and what rules failed to do."""

    placed: tuple[Placed, ...]
    removed: Mapping[str, Rule]
    blocked: tuple[Blocked, ...]


def apply(
    candidates: Sequence[Candidate],
    rules: Iterable[Rule],
    *,
    limit: int,
    pinnable: Mapping[str, Candidate] | None = None,
    forbidden: Mapping[str, str] | None = None,
) -> Outcome:
    """Rank ``candidates`` under ``rules`` and return the first ``limit``.

    ``pinnable`` holds items beyond the candidates that pins may bring in; ``forbidden`` says, by
    item, why a pin must not.
    """
    ordered = sorted(rules, key=lambda rule: (-rule.priority, rule.rule_id))
    ranked = sorted(candidates, key=lambda each: (-each.score, each.item_id))
    before = {each.item_id: place for place, each in enumerate(ranked, start=1)}
    removed = _removed(ranked, ordered)
    known = {**(pinnable or {}), **{each.item_id: each for each in ranked}}
    pins, blocked = _pins(ordered, known, forbidden or {}, limit)
    pinned = {item for item, _ in pins.values()}
    rest = [each for each in ranked if each.item_id not in removed and each.item_id not in pinned]
    flowing = iter(_weighed(rest, ordered, before, limit))
    placed = []
    for place in range(1, limit + 1):
        if place in pins:
            item, rule = pins[place]
            placed.append(Placed(item, known[item].score, before.get(item), rule))
        else:
            found = next(flowing, None)
            if found is not None:
                placed.append(found)
    return Outcome(tuple(placed), removed, tuple(blocked))


def _removed(ranked: Sequence[Candidate], rules: Sequence[Rule]) -> dict[str, Rule]:
    excluding = [rule for rule in rules if rule.kind == "exclude"]
    return {
        each.item_id: rule
        for each in ranked
        if (rule := next((rule for rule in excluding if rule.speaks_of(each)), None))
    }


def _weighed(
    rest: Sequence[Candidate], rules: Sequence[Rule], before: Mapping[str, int], limit: int
) -> list[Placed]:
    weighing = [rule for rule in rules if rule.kind in {"boost", "bury"}]
    if not weighing:  # the usual case: the order stands, and no more is needed than is shown
        return [Placed(each.item_id, each.score, before[each.item_id]) for each in rest[:limit]]
    placed = []
    for each in rest:
        rule = next((rule for rule in weighing if rule.speaks_of(each)), None)
        score = each.score * rule.factor if rule else each.score
        placed.append(Placed(each.item_id, score, before[each.item_id], rule))
    return sorted(placed, key=lambda each: (-each.score, each.item_id))


def _pins(
    rules: Sequence[Rule],
    known: Mapping[str, Candidate],
    forbidden: Mapping[str, str],
    limit: int,
) -> tuple[dict[int, tuple[str, Rule]], list[Blocked]]:
    """Pinned items by place. A taken place sends the later rule to the next free one."""
    excluding = [rule for rule in rules if rule.kind == "exclude"]
    pins: dict[int, tuple[str, Rule]] = {}
    blocked: list[Blocked] = []
    taken: set[str] = set()
    for rule in (rule for rule in rules if rule.kind == "pin"):
        wanted = rule.position
        for item in dict.fromkeys(rule.item_ids):
            why = _obstacle(item, known, forbidden, excluding, taken)
            place = next((p for p in range(wanted, limit + 1) if p not in pins), None)
            if why or place is None:
                blocked.append(Blocked(rule, item, why or "no place left"))
                continue
            pins[place] = (item, rule)
            taken.add(item)
            wanted = place + 1
    return pins, blocked


def _obstacle(
    item: str,
    known: Mapping[str, Candidate],
    forbidden: Mapping[str, str],
    excluding: Sequence[Rule],
    taken: set[str],
) -> str:
    if item in forbidden:
        return forbidden[item]
    if item not in known:
        return "not in the catalogue or not for sale"
    if item in taken:
        return "already pinned by a stronger rule"
    stronger = next((rule for rule in excluding if rule.speaks_of(known[item])), None)
    return f"hidden by {stronger.name}" if stronger else ""
