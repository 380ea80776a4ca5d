"""Strings that break programs, from the shared data (public list, MIT). The folder is named by
``CDP_SHARED_DATA``; without it a handful of our own stand in."""

import json
import os
from pathlib import Path

_FOLDER = Path(os.environ.get("CDP_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
_FILE = _FOLDER / "naughty_strings" / "blns.json"
_OWN = ["", "null", "NaN", "\x00", "'; DROP TABLE x; --", "😀", "\u202eabc", "<script>", "{{7*7}}"]

STRINGS: list[str] = json.loads(_FILE.read_text()) if _FILE.exists() else _OWN
"""The whole list where the shared data is at hand."""
