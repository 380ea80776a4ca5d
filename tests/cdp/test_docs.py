"""What the documents promise is there. Which commands are run: see each test."""

import ast
import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands
from drf_spectacular.generators import SchemaGenerator
from rest_framework.exceptions import NotAuthenticated

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = ROOT / "docs/operations/settings.md"
RUN_FOR_REAL = {"api.md", "collect.md", "marketing.md", "privacy.md", "recommend.md"}
"""Pages whose every block is run against the product by tests/flow/test_guides.py."""
UNDESCRIBED = {"/v1/t", "/api/schema/", "/api/docs/"}
"""Addresses that the description leaves out: short spellings and the description itself."""
READERS = {"text", "flag", "number", "words", "key", "key_ring", "database", "redis"}


def _commands() -> list[tuple[str, str]]:
    """Every line of every ``sh`` block that no other test runs, with its page."""
    return [
        (str(page.relative_to(ROOT)), line)
        for page in PAGES
        if page.name not in RUN_FOR_REAL
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
        if line.strip()
    ]


def _read_by(path: Path) -> set[str]:
    """Names of variables a module reads through ``cdp.environment`` or ``os.environ.get``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = ast.unparse(node.func.value)
        reads = (owner in {"env", "environment"} and node.func.attr in READERS) or (
            owner in {"os.environ", "env"} and node.func.attr == "get"
        )
        if reads and node.args and isinstance(node.args[0], ast.Constant):
            found.add(str(node.args[0].value))
    return found


def test_settings_page__compared_with_the_code__names_every_variable_and_no_other() -> None:
    modules = [ROOT / "cdp/settings.py", *sorted((ROOT / "cdp/supervisor").glob("*.py"))]
    read = set().union(*(_read_by(module) for module in modules))
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS.read_text(), re.MULTILINE))
    assert told == read


@pytest.mark.parametrize(("page", "line"), _commands())
def test_command__in_a_document__exists(page: str, line: str) -> None:
    """Not run here: make targets, management commands and programs are checked to exist. The
    curl lines of the README are run in tests/flow/test_readme.py, ``make run``'s program in
    tests/flow/test_supervisor.py, and granian, digest, worker and beat in every flow test."""
    words = [word for word in shlex.split(line) if not re.fullmatch(r"[A-Z_]+=.*", word)]
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    elif "manage.py" in words:
        assert words[words.index("manage.py") + 1] in get_commands()
    elif words[:2] == [".venv/bin/python", "-m"]:
        assert words[2] in {"granian", "celery", "cdp.supervisor"}
    else:
        assert words[0] in {"curl", "openssl"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_link__in_a_document__leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
    for folder in re.findall(r"`((?:docs|cdp|tests|templates)/[\w./-]*)`", page.read_text()):
        assert (ROOT / folder).exists(), f"{page.name}: {folder}"


def test_api_page__compared_with_the_schema__names_every_address_and_no_other() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    page = (ROOT / "docs/api.md").read_text()
    untold = [path for path in sorted(schema["paths"]) if path not in page]
    assert [path for path in untold if path not in _abbreviated(page)] == []
    told = set(re.findall(r"`(?:[A-Z]+ )?(/(?:v1|api)/[\w/{}.-]*)", page))
    assert {path for path in told if path not in schema["paths"]} <= UNDESCRIBED


def _abbreviated(page: str) -> set[str]:
    """Addresses written as ``…/{id}/download/`` after their full beginning."""
    endings = re.findall(r"`…(/\{id\}/\w+/)`", page)
    return {f"/api/v1/privacy/requests{ending}" for ending in endings}


def test_api_page__its_error_codes__are_those_of_the_code() -> None:
    apps = ("cdp", "consent", "profiles", "segments", "recommendations")
    source = "".join(path.read_text() for app in apps for path in (ROOT / app).rglob("*.py"))
    rows = re.findall(
        r"^\| \d{3}[^|]*\|([^|]*)\|", (ROOT / "docs/api.md").read_text(), re.MULTILINE
    )
    codes = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert len(codes) > 20
    assert {code for code in codes if f'"{code}"' not in source} <= {NotAuthenticated.default_code}
