"""Keys of programs. People sign in; programs carry a key with scopes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ApiKey(models.Model):
    """A server's key: only its SHA-256 is kept, it opens only its scopes, and it can end."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(
        max_length=12, help_text="The key's first characters, to recognise it."
    )
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
