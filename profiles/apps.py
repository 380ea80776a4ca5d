"""Django's entry to this app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = "Engineering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from profiles.attributes import definitions  # noqa: PLC0415  needs the models
        from profiles.events import inbox  # noqa: PLC0415  needs the models

        post_migrate.connect(inbox.seed, sender=self)
        post_migrate.connect(definitions.seed, sender=self)
