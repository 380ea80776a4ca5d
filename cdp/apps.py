"""The console as Django's admin, and the roof as an app of its own (commands, checks, roles)."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class ConsoleConfig(AdminConfig):
    default_site = "cdp.console.Console"


class RoofConfig(AppConfig):
    name = "cdp"
    verbose_name = "Customer data platform"

    def ready(self) -> None:
        from cdp import checks, roles  # noqa: F401, PLC0415  checks registers the system checks

        post_migrate.connect(roles.seed_roles, sender=self)
