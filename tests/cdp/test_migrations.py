"""Models and migrations agree."""

import io

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_migrations__compared_with_the_models__lack_nothing() -> None:
    out = io.StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=out)
    except SystemExit:
        pytest.fail(f"Run 'manage.py makemigrations': {out.getvalue()}")
    assert "No changes detected" in out.getvalue()
