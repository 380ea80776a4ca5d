"""Where Django finds this app's tables."""

from segments.clusters.models import ClusterRun
from segments.rules.models import (
    Membership,
    RuleVersion,
    Segment,
    SegmentGroupObjectPermission,
    SegmentUserObjectPermission,
)

__all__ = [
    "ClusterRun",
    "Membership",
    "RuleVersion",
    "Segment",
    "SegmentGroupObjectPermission",
    "SegmentUserObjectPermission",
]
