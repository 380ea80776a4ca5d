"""This app's stages on the path of an event, in their order."""

from profiles.attributes.stages import derive_attributes
from profiles.events.stages import drop_duplicates, parse, store_events
from profiles.identity.gate import gate_on_consent
from profiles.identity.stages import resolve_identity

__all__ = [
    "derive_attributes",
    "drop_duplicates",
    "gate_on_consent",
    "parse",
    "resolve_identity",
    "store_events",
]
