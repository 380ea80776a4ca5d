"""Django's entry to this app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsentConfig(AppConfig):
    name = "consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_seed, sender=self)


def _seed(**details: Any) -> None:
    from consent.ledger import purposes  # noqa: PLC0415  models are ready only now

    purposes.seed(**details)
