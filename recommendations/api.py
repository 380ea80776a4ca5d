"""The Python door of recommendations."""

from recommendations.catalog.reading import browse, categories, items
from recommendations.catalog.writing import upsert as upsert_items
from recommendations.overrides.finding import named as overrides_named
from recommendations.overrides.making import ensure as ensure_override
from recommendations.serving.serve import serve as recommend
from recommendations.serving.shop import warm

__all__ = [
    "browse",
    "categories",
    "ensure_override",
    "items",
    "overrides_named",
    "recommend",
    "upsert_items",
    "warm",
]
