"""The console's pages about people, sources, quarantine and attributes."""

from profiles.admin import attributes, people, quarantine, sources

__all__ = ["attributes", "people", "quarantine", "sources"]
