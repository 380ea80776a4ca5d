"""Keys made in Python, so that the same migrations run on every PostgreSQL from 15 to 18."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new() -> UUID:
    """A version 7 UUID (RFC 9562): random, but sorting by the millisecond it was made in."""
    return uuid7()
