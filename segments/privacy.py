"""Scaffold."""


class SubjectData:
    """Scaffold."""

    name = "segments"
