"""The console's pages of this app."""

from segments.admin.clusters import ClusterRunAdmin
from segments.admin.segment import SegmentAdmin

__all__ = ["ClusterRunAdmin", "SegmentAdmin"]
