"""Each test starts with a process that has seen nothing and with models in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recommendations.rest import access
from recommendations.serving import shop


@pytest.fixture(autouse=True)
def fresh_process(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Nothing in memory, no artefacts on disk."""
    settings.DATA_DIR = tmp_path
    shop.forget()
    access.forget()
    yield
    shop.forget()
    access.forget()
