"""Why an item is shown, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommendations.algorithms.fusion import DAMPING
from recommendations.data import Query, Reason
from recommendations.interactions.counting import Touch
from recommendations.overrides.apply import Placed
from recommendations.serving.candidates import PERSONAL, WEIGHTS
from recommendations.serving.people import Person
from recommendations.serving.shop import Shop

MODELS = ("als", "cooccurrence")
PICKED = Reason("for_you", "Picked for you")


@dataclass(frozen=True)
class Explainer:
    """Finds the source that did most for an item, and what in the person's history spoke for it."""

    shop: Shop
    query: Query
    person: Person
    history: Sequence[tuple[str, float]]
    rankings: Mapping[str, Sequence[str]]

    def all(self, shown: Sequence[Placed]) -> list[Reason]:
        """One sentence for each item of the answer, in its order."""
        sources = [self._source(placed.item_id) for placed in shown]
        causes = self._causes(
            [(source, each.item_id) for source, each in zip(sources, shown, strict=True)]
        )
        return [
            self._why(placed, source, causes.get((source, placed.item_id), ""))
            for placed, source in zip(shown, sources, strict=True)
        ]

    def _causes(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """What of the person's history led a model to an item, by source and item."""
        if self.person.discreet:
            return {}
        causes: dict[tuple[str, str], str] = {}
        for name in MODELS:
            items = [item for source, item in pairs if source == name]
            if items:
                found = self.shop.models[name].because(self.history, items)
                causes.update({(name, item): cause for item, cause in found.items()})
        return causes

    def _why(self, placed: Placed, source: str, cause: str) -> Reason:
        if placed.rule is not None and placed.rule.kind == "pin":
            return Reason("pinned", f"Pinned by {placed.rule.name}")
        if source == "goes_with":
            text = f"Often chosen with {self._name(self.query.item_id)}"
            return Reason("goes_with", text, self.query.item_id)
        if source in MODELS or (source in PERSONAL and self.person.discreet):
            return self._because(cause)
        if source in {"taste", "same_category"}:
            category = self._category(placed.item_id)
            return Reason("popular_in_category", f"Popular in {category}")
        if source == "search":
            return Reason("matches_search", "Matches the search")
        return Reason("popular", "Popular in the shop")

    def _source(self, item_id: str) -> str:
        worth = {
            name: WEIGHTS[name] / (DAMPING + ranking.index(item_id))
            for name, ranking in self.rankings.items()
            if item_id in ranking
        }
        return max(sorted(worth), key=lambda name: worth[name], default="")

    def _because(self, cause: str) -> Reason:
        touch = next((each for each in self.person.touches if each.item_id == cause), None)
        if touch is None:
            return PICKED
        verb, code = _verb(touch)
        return Reason(code, f"Because you {verb} {self._name(cause)}", cause)

    def _name(self, item_id: str) -> str:
        shelved = self.shop.shelf.get(item_id)
        return (shelved.item.name if shelved else "") or item_id

    def _category(self, item_id: str) -> str:
        shelved = self.shop.shelf.get(item_id)
        path = shelved.item.category if shelved else ()
        return path[-1] if path else "the shop"


def _verb(touch: Touch) -> tuple[str, str]:
    if touch.purchases:
        return "bought", "because_bought"
    if touch.carts:
        return "put in your basket", "because_cart"
    return "viewed", "because_viewed"
