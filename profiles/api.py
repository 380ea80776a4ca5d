"""The Python door of profiles."""

from profiles.attributes.inferred import write_inferred
from profiles.attributes.profile import profile
from profiles.events.inbox import accept
from profiles.events.inbox_state import digest_lag, outcomes, quarantined, waiting
from profiles.events.listing import of_profile as events
from profiles.events.sources import ensure as ensure_source
from profiles.events.sources import source_by_id, source_by_key
from profiles.identity.labels import labels
from profiles.identity.lookup import canonical, resolve, visitor
from profiles.pipeline import digest_available, process
from profiles.quality.completeness import of_profile as completeness
from profiles.quality.completeness import over_time as completeness_over_time
from profiles.surface import common_values, facts, surface

__all__ = [
    "accept",
    "canonical",
    "common_values",
    "completeness",
    "completeness_over_time",
    "digest_available",
    "digest_lag",
    "ensure_source",
    "events",
    "facts",
    "labels",
    "outcomes",
    "process",
    "profile",
    "quarantined",
    "resolve",
    "source_by_id",
    "source_by_key",
    "surface",
    "visitor",
    "waiting",
    "write_inferred",
]
