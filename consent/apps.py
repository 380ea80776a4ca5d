"""Django's entry to this app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsentConfig(AppConfig):
    name = "consent"
    verbose_name = "Privacy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from consent.ledger import purposes  # noqa: PLC0415  needs the models

        post_migrate.connect(purposes.seed, sender=self)
