"""Where Django finds this app's tables."""

from profiles.attributes.models import Affinity, Behaviour, Day, Definition, Observation, Value
from profiles.events.models import (
    Event,
    Inbox,
    InboxHorizon,
    InboxShard,
    Quarantined,
    Receipt,
    Source,
)
from profiles.identity.models import Edge, Identifier, Profile
from profiles.imports.models import Job, RowError
from profiles.quality.models import Snapshot

__all__ = [
    "Affinity",
    "Behaviour",
    "Day",
    "Definition",
    "Edge",
    "Event",
    "Identifier",
    "Inbox",
    "InboxHorizon",
    "InboxShard",
    "Job",
    "Observation",
    "Profile",
    "Quarantined",
    "Receipt",
    "RowError",
    "Snapshot",
    "Source",
    "Value",
]
