"""Scaffold."""


class SubjectData:
    """Scaffold."""

    name = "profiles"
