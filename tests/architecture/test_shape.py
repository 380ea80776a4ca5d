"""Sizes, names and text that a linter cannot judge."""

import ast
import re
import subprocess

import pytest

from tests.architecture.tree import APPS, ROOT, Source, sources

LONG_FUNCTIONS: dict[str, str] = {}
"""``file:function`` → why it may be longer than 40 lines."""

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "services", "common", "managers", "misc"}
TOP_LEVEL = {*APPS, "templates", "tests", "docs", "manage.py", "requirements.txt"}
TOOL_FILES = {
    "Makefile",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "constraints.txt",
    "pyproject.toml",
    "requirements-dev.txt",
}


@pytest.mark.parametrize("source", sources(), ids=str)
def test_file__by_length__has_400_lines_at_most(source: Source) -> None:
    limit = 120 if source.path.name == "api.py" else 400
    assert source.lines <= limit, f"{source} has {source.lines} lines, {limit} are allowed"


@pytest.mark.parametrize("source", sources(), ids=str)
def test_functions__by_length__have_40_lines_at_most(source: Source) -> None:
    long = {
        f"{source}:{node.name}": size
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > 40
    }
    assert set(long) <= set(LONG_FUNCTIONS), long


@pytest.mark.parametrize("source", sources(), ids=str)
def test_module__by_name__says_what_it_is_for(source: Source) -> None:
    assert not EMPTY_NAMES & {part.removesuffix(".py") for part in source.path.parts}


@pytest.mark.parametrize("source", sources(), ids=str)
def test_module__opened__begins_with_a_docstring(source: Source) -> None:
    assert not source.lines or ast.get_docstring(source.tree), f"{source} has no docstring"


def test_top_level__listed__is_the_owners() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    top = {name.split("/")[0] for name in tracked if not name.startswith(".")}
    assert top <= TOP_LEVEL | TOOL_FILES, top - TOP_LEVEL - TOOL_FILES


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_dependency__listed__is_pinned_and_explained(name: str) -> None:
    explained = False
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("-"):
            continue
        if line and not line.startswith("#"):
            assert re.fullmatch(r"[\w.\-]+(\[[\w,\-]+\])?==[\w.]+", line), line
            assert explained, f"{line} has no sentence"
        else:
            explained = bool(line)


def test_pages__rendered__carry_no_inline_code_or_foreign_host() -> None:
    faults = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text())
        for pattern in (
            r"<script(?![^>]*\bsrc=)[^>]*>",
            r"<style",
            r"\sstyle=",
            r"\son[a-z]+=",
            r"(?:src|href)=[\"'](?:https?:)?//",
            r"hx-on|hx-vals=[\"']js:",
        ):
            faults += [f"{path.relative_to(ROOT)}: {found}" for found in re.findall(pattern, text)]
    assert not faults, faults


def test_decisions__numbered__without_gap_or_double() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
