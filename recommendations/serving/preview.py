"""What a rule would change, before it is saved: the same code as serving, run twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cdp.lib import clock
from recommendations.data import Query
from recommendations.overrides.apply import Outcome
from recommendations.overrides.live import LiveRule
from recommendations.serving import people, serve, shop
from recommendations.serving.people import STRANGER, Person
from recommendations.serving.shop import Shop
from segments import api as segments

LENGTH = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One place of the list after the change. ``before`` is the item's place today (None: it was
    not among the first); ``rule`` is the name of the rule that moved it."""

    place: int
    item_id: str
    name: str
    before: int | None
    rule: str

    @property
    def moved(self) -> str:
        """How far, in words."""
        if self.before is None:
            return "new here"
        if self.before == self.place:
            return ""
        steps = abs(self.before - self.place)
        direction = "up" if self.before > self.place else "down"
        return f"{direction} {steps} {'place' if steps == 1 else 'places'}"


@dataclass(frozen=True, slots=True)
class Preview:
    """Before and after, what left the list by whose rule, and what the rules could not do."""

    before: tuple[Row, ...]
    after: tuple[Row, ...]
    gone: tuple[tuple[str, str], ...]
    blocked: tuple[tuple[str, str, str], ...]
    reaches: bool
    note: str


def who(profile_id: UUID | None, segment_id: int | None) -> tuple[Person, str]:
    """The person to show the list to: this one, else the first member of the segment, else a
    stranger; and a sentence about them."""
    if profile_id is None and segment_id is not None:
        members = segments.members(segment_id, limit=1)
        if not members:
            return STRANGER, "Nobody is in this segment yet, so this is what a stranger sees."
        profile_id = members[0]
    if profile_id is None:
        return STRANGER, "This is what a visitor we do not know sees."
    if not people.permitted(profile_id):
        note = "This person does not allow personal suggestions and sees what a stranger sees."
        return STRANGER, note
    return people.load(profile_id, with_segments=True), f"This is what person {profile_id} sees."


def preview(
    draft: LiveRule, person: Person, note: str, *, placement: str, at: datetime | None
) -> Preview:
    """The list without the draft's saved version replaced, and with it, as if published."""
    present = shop.current()
    moment = at or clock.now()
    query = Query(placement=placement, limit=LENGTH, at=moment)
    ranked = serve.rank(present, person, query, moment)
    others = [rule for rule in present.rules if rule.rule.rule_id != draft.rule.rule_id]
    today = serve.holding(present.rules, person, query, moment)
    changed = serve.holding([*others, draft], person, query, moment)
    before = serve.overrule(present, ranked, query, today)
    after = serve.overrule(present, ranked, query, changed)
    places = {placed.item_id: place for place, placed in enumerate(before.placed, start=1)}
    return Preview(
        before=_rows(present, before, places),
        after=_rows(present, after, places),
        gone=_gone(present, before, after),
        blocked=tuple(
            (_name(present, each.item_id), each.rule.name, each.why) for each in after.blocked
        ),
        reaches=draft in changed,
        note=note,
    )


def _rows(present: Shop, outcome: Outcome, places: dict[str, int]) -> tuple[Row, ...]:
    return tuple(
        Row(
            place,
            placed.item_id,
            _name(present, placed.item_id),
            places.get(placed.item_id),
            placed.rule.name if placed.rule else "",
        )
        for place, placed in enumerate(outcome.placed, start=1)
    )


def _gone(present: Shop, before: Outcome, after: Outcome) -> tuple[tuple[str, str], ...]:
    left: Sequence[str] = [placed.item_id for placed in after.placed]
    return tuple(
        (
            _name(present, placed.item_id),
            after.removed[placed.item_id].name if placed.item_id in after.removed else "",
        )
        for placed in before.placed
        if placed.item_id not in left
    )


def _name(present: Shop, item_id: str) -> str:
    shelved = present.shelf.get(item_id)
    return (shelved.item.name if shelved else "") or item_id
