"""Where Django finds this app's tables."""

from consent.access.models import ApiKey

__all__ = ["ApiKey"]
