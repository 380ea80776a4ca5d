"""Scaffold."""


class SubjectData:
    """Scaffold."""

    name = "consent"
