"""The admin site."""

from unfold.sites import UnfoldAdminSite


class Console(UnfoldAdminSite):
    """The marketers' console."""
