"""The catalogue."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Item(models.Model):
    """Something the shop shows. ``category`` runs from the root down. A deleted item stays as a
    row, so that past orders still have a name.

    ``changed`` is the id of the transaction that wrote the row last: the serving processes read
    what became visible since they last looked, and miss nothing however late a transaction commits.
    """

    item_id = models.TextField(unique=True)
    name = models.TextField(blank=True)
    category = ArrayField(models.TextField(), default=list, blank=True)
    brand = models.TextField(blank=True)
    price = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    currency = models.TextField(blank=True)
    image_url = models.TextField(blank=True)
    url = models.TextField(blank=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    in_stock = models.BooleanField(default=True)
    available_from = models.DateTimeField(null=True, blank=True)
    available_until = models.DateTimeField(null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    learned = models.BooleanField(
        default=False, help_text="Seen in events; no catalogue named it yet."
    )
    deleted_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, editable=False)
    changed = models.BigIntegerField(default=0, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["changed"], name="item_changed"),
            models.Index(fields=["id"], name="item_given", condition=models.Q(learned=False)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="stamp",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    NEW.changed := pg_current_xact_id()::text::bigint;
                    NEW.updated_at := now();
                    RETURN NEW;
                """,
            )
        ]

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return self.name or self.item_id
