"""The running product, shared by the tests that do not break it."""

from collections.abc import Iterator

import pytest

from tests.flow.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A seeded demo shop with every process. Tests that kill something make their own Stack."""
    with Stack(seeded=True, seed_arguments=("--people", "60")) as running:
        yield running
