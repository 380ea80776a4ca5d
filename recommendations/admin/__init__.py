"""The console pages of recommendations."""

from recommendations.admin.catalog import ItemAdmin
from recommendations.admin.overrides import OverrideAdmin
from recommendations.admin.training import RunAdmin

__all__ = ["ItemAdmin", "OverrideAdmin", "RunAdmin"]
