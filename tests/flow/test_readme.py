"""The README's own lines, run as they stand against a running product."""

import json
import re
import subprocess

import pytest

from cdp.supervisor.processes import ROOT
from tests.flow.stack import Stack

pytestmark = pytest.mark.flow


def _curls() -> list[str]:
    lines = re.findall(r"^curl .*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(lines) == 2
    return lines


def test_readme__event_sent_by_its_lines__is_found_by_them(stack: Stack) -> None:
    send, find = (line.replace("http://localhost:8000", stack.base_url) for line in _curls())
    sent = subprocess.run(send, shell=True, capture_output=True, text=True, check=True)
    assert json.loads(sent.stdout) == {"success": True}

    def found() -> bool:
        answer = subprocess.run(find, shell=True, capture_output=True, text=True, check=True)
        return [event["name"] for event in json.loads(answer.stdout)["results"]] == [
            "Product Viewed"
        ]

    assert stack.wait_until(found, 30)


def test_stack__seeded__is_ready_and_measured(stack: Stack) -> None:
    assert stack.wait_until(lambda: stack.readiness()[0] == 200, 60)
    scraped = subprocess.run(
        ["curl", "-s", f"{stack.base_url}/metrics"], capture_output=True, text=True, check=True
    )
    assert re.search(r"^cdp_profiles [1-9]", scraped.stdout, re.MULTILINE)
    assert re.search(r'^cdp_receipts_total\{outcome="stored"\} [1-9]', scraped.stdout, re.MULTILINE)
