"""Walls that imports do not show: foreign keys, dotted strings, signals, the two lists."""

import ast
import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import models

from tests.architecture.tree import ROOT, Source, sources

STOREYS = ["consent", "profiles", "segments", "recommendations"]
OURS = [model for app in STOREYS for model in apps.get_app_config(app).get_models()]
TABLES_OF_LIBRARIES = ("permission",)


def _foreign_keys() -> list[models.ForeignKey[models.Model, models.Model]]:
    return [
        field
        for model in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
    ]


@pytest.mark.parametrize("key", _foreign_keys(), ids=str)
def test_foreign_key__to_another_app__points_down_and_leaves_no_trace(
    key: "models.ForeignKey[models.Model, models.Model]",
) -> None:
    here, there = key.model._meta.app_label, key.related_model._meta.app_label
    if there in STOREYS and there != here:
        assert STOREYS.index(there) < STOREYS.index(here)
        assert key.remote_field.related_name == "+"


@pytest.mark.parametrize("source", sources(), ids=str)
def test_code__reaching_for_models_by_name__is_not_to_be_found(source: Source) -> None:
    names = {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    assert "get_model" not in names


@pytest.mark.parametrize("source", sources(), ids=str)
def test_signals__received__are_only_djangos_own_post_migrate(source: Source) -> None:
    imported = {
        alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("django.")
        and "signals" in (node.module or "")
        for alias in node.names
    }
    assert imported <= {"post_migrate"}, f"{source} receives {imported}"


@pytest.mark.parametrize("source", sources(), ids=str)
def test_imports_inside_functions__counted__are_none(source: Source) -> None:
    """A local import hides a cycle; only the start of an app has a reason for one."""
    local = [
        f"{source}:{inner.lineno}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and node.name != "ready"
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not local, local


def test_checks__run__find_nothing() -> None:
    assert run_checks() == []


def test_settings_lists__read__name_every_app_once() -> None:
    holders = [path.split(".")[0] for path in settings.SUBJECT_DATA]
    assert holders == list(reversed(STOREYS))
    stages = [STOREYS.index(path.split(".")[0]) for path in settings.EVENT_STAGES]
    assert stages == sorted(stages)


def test_import_contracts__linted__are_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.django_db
def test_migrations__compared_with_models__miss_nothing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_model__holding_data__declares_what_is_personal(model: type[models.Model]) -> None:
    if model._meta.label_lower.endswith(("event",)) and hasattr(model, "pgh_tracked_model"):
        return  # pghistory's copies: their originals are declared, and personal fields excluded
    declared = getattr(model, "Privacy", None)
    assert declared is not None, f"{model._meta.label} has no class Privacy"
    assert declared.__qualname__.startswith(model.__qualname__), (
        "Privacy is inherited, not declared"
    )
    fields = getattr(declared, "fields", {})
    assert bool(declared.holds) == bool(fields)
    assert set(fields) <= {field.name for field in model._meta.get_fields()} | {
        field.attname for field in model._meta.concrete_fields
    }
