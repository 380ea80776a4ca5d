"""Django's entry to this app."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    verbose_name = "Marketing"
    default_auto_field = "django.db.models.BigAutoField"
