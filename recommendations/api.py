"""The Python door of recommendations."""

from recommendations.catalog.reading import browse, categories, items
from recommendations.catalog.writing import upsert as upsert_items
from recommendations.serving.serve import serve as recommend

__all__ = ["browse", "categories", "items", "recommend", "upsert_items"]
