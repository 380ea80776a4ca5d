"""The project's own source files, as the architecture tests read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("cdp", "consent", "profiles", "segments", "recommendations")


@dataclass(frozen=True)
class Source:
    """One Python file and its tree."""

    path: Path
    tree: ast.Module
    lines: int

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def sources() -> tuple[Source, ...]:
    """Every file of the five packages but migrations."""
    return tuple(_read(path) for app in APPS for path in _files(ROOT / app))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts)


def _read(path: Path) -> Source:
    text = path.read_text()
    return Source(path, ast.parse(text), len(text.splitlines()))
