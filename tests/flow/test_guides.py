"""The guides' own commands, run as they stand, page by page and in their order.

A block ``sh`` is run by bash in an empty folder that holds ``.venv`` and ``manage.py``; a block
``python`` by Python. Each must succeed. A block ``json`` right after one shows its answer: every
field shown must be in the answer, where ``"…"`` stands for any value. What follows a click takes
a moment to be digested, so a block is run again until it fits, for a while.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cdp.supervisor.processes import ROOT
from tests.flow.stack import Stack

pytestmark = pytest.mark.flow

PAGES = [
    "docs/guides/collect.md",
    "docs/guides/recommend.md",
    "docs/guides/privacy.md",
    "docs/guides/marketing.md",
    "docs/api.md",
]
PATIENCE = 30.0
_BLOCK = re.compile(
    r"^```(sh|python)\n(.*?)^```\n(?:\s*^```json\n(.*?)^```)?", re.DOTALL | re.MULTILINE
)
_BASH = """set -euo pipefail
curl() {{ command curl -sS {fail} "$@"; }}
test ! -e state || . ./state
{block}
export -p > state
"""


@dataclass(frozen=True)
class Block:
    """Commands of a page, and the answer it shows for them."""

    language: str
    text: str
    answer: Any


def blocks(page: str) -> Iterator[Block]:
    for language, text, shown in _BLOCK.findall((ROOT / page).read_text()):
        yield Block(language, text, json.loads(shown) if shown else None)


def fits(shown: Any, actual: Any) -> bool:
    """Whether an answer holds what a page shows of it."""
    if shown == "…":
        return actual is not None
    if isinstance(shown, dict):
        return isinstance(actual, dict) and all(
            key in actual and fits(value, actual[key]) for key, value in shown.items()
        )
    if isinstance(shown, list):
        return isinstance(actual, list) and all(
            any(fits(one, other) for other in actual) for one in shown
        )
    return bool(shown == actual)


def attempt(block: Block, stack: Stack, folder: Path) -> str:
    """Run a block once; answers what went wrong, or nothing."""
    text = block.text.replace("http://localhost:8000", stack.base_url)
    refused = isinstance(block.answer, dict) and block.answer.get("success") is False
    if block.language == "sh":
        script = _BASH.format(block=text, fail="" if refused else "--fail-with-body")
        command = ["bash", "-c", script]
    else:
        command = [sys.executable, "-c", text]
    done = subprocess.run(
        command, cwd=folder, env=stack.env, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        return f"ended with {done.returncode}: {done.stdout} {done.stderr}"
    if block.answer is None:
        return ""
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return f"no JSON: {done.stdout}"
    return "" if fits(block.answer, answer) else f"answered {done.stdout}"


@pytest.mark.parametrize("page", PAGES)
def test_guide__run_from_top_to_bottom__does_what_it_says(
    stack: Stack, page: str, tmp_path: Path
) -> None:
    os.symlink(sys.prefix, tmp_path / ".venv")
    os.symlink(ROOT / "manage.py", tmp_path / "manage.py")
    found = list(blocks(page))
    assert found
    for block in found:
        deadline = time.monotonic() + PATIENCE
        while trouble := attempt(block, stack, tmp_path):
            assert time.monotonic() < deadline, f"{page}:\n{block.text}\n{trouble}"
            time.sleep(0.5)
