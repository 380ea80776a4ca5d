"""Scaffold."""


class SubjectData:
    """Scaffold."""

    name = "recommendations"
