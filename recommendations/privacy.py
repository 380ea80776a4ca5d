"""What this app holds about people, and how it lets go of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cdp.lib import sql
from consent.data import Erased
from recommendations.interactions import counting

KEPT = (
    "Models hold numbers about items, no row about a person. Those trained before this erasure "
    "were taught from sums that included this person; each scheduled training replaces them, and "
    "no more than the last three of each algorithm stay on disk."
)


class SubjectData:
    """Interactions with items. Models keep no person's factors: a taste is computed when asked."""

    name = "recommendations"

    def find(self, kind: str, value: str) -> frozenset[UUID]:
        """No identifiers are kept here."""
        return frozenset()

    def subject_for(self, kind: str, value: str) -> UUID | None:
        """No identifiers are kept here."""
        return None

    def cluster(self, subject_id: UUID) -> frozenset[UUID]:
        """This app cannot tell who else is the same person."""
        return frozenset()

    def count(self, subjects: frozenset[UUID]) -> Mapping[str, int]:
        """Rows held."""
        found = sql.rows(
            "SELECT count(*) FROM recommendations_interaction WHERE profile_id = ANY(%s)",
            [sorted(subjects)],
        )
        return {"recommendations_interaction": int(found[0][0])}

    def export(self, subjects: frozenset[UUID]) -> Mapping[str, Any]:
        """Which items the person looked at, put in the basket, bought and returned."""
        found = sql.rows(
            "SELECT i.item_id, c.name, sum(i.views), sum(i.carts), sum(i.purchases), "
            "sum(i.refunds), max(i.last_at) FROM recommendations_interaction i "
            "LEFT JOIN recommendations_item c ON c.item_id = i.item_id "
            "WHERE i.profile_id = ANY(%s) GROUP BY 1, 2 ORDER BY 7 DESC, 1",
            [sorted(subjects)],
        )
        return {
            "products": [
                {
                    "item_id": item_id,
                    "name": name or "",
                    "views": int(views),
                    "carts": int(carts),
                    "purchases": int(purchases),
                    "refunds": int(refunds),
                    "last_at": last_at.isoformat(),
                }
                for item_id, name, views, carts, purchases, refunds, last_at in found
            ]
        }

    def erase(self, subjects: frozenset[UUID]) -> Erased:
        """Delete the rows; say what models are."""
        removed = counting.forget(subjects)
        sql.execute("ANALYZE recommendations_interaction")  # the planner keeps samples of values
        return Erased(self.name, {"recommendations_interaction": removed}, {"models": KEPT})

    def verify(self, subjects: frozenset[UUID]) -> list[str]:
        """Tables where a row still stands."""
        return [table for table, rows in self.count(subjects).items() if rows]
