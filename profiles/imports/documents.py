"""Mappings as files: those that come with the product, or the shop's own by path."""

import json
import tomllib
from pathlib import Path

from cdp.lib.errors import Problem
from profiles.imports.mapping import Rules, compile_rules

MAPPINGS = Path(__file__).parent / "mappings"


def load(name: str) -> tuple[bytes, Rules]:
    """The mapping called ``name`` among ours, or the TOML or JSON file at that path: its bytes, by
    which an import knows it again, and its rules."""
    path = _ours(name) if has(name) else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(file.stem.replace("_", "-") for file in MAPPINGS.glob("*.toml")))
        raise Problem(
            "no_such_mapping", f"There is no mapping {name!r}. Known: {known}; or a path."
        )
    raw = path.read_bytes()
    try:
        document = json.loads(raw) if path.suffix == ".json" else tomllib.loads(raw.decode())
        return raw, compile_rules(document)
    except ValueError as failure:
        raise Problem("bad_mapping", f"Mend the mapping {path.name}: {failure}.") from failure


def has(name: str) -> bool:
    """Whether a mapping of this name comes with the product."""
    return _ours(name).is_file()


def _ours(name: str) -> Path:
    return MAPPINGS / f"{name.replace('-', '_')}.toml"
