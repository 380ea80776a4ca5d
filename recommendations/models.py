"""Where Django finds this app's tables."""

from recommendations.catalog.models import Item
from recommendations.interactions.models import Interaction
from recommendations.overrides.models import (
    Override,
    OverrideGroupObjectPermission,
    OverrideUserObjectPermission,
)
from recommendations.training.models import Run

__all__ = [
    "Interaction",
    "Item",
    "Override",
    "OverrideGroupObjectPermission",
    "OverrideUserObjectPermission",
    "Run",
]
