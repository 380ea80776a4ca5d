"""How complete profiles are, day by day."""

from django.db import models


class Snapshot(models.Model):
    """On one day, how many living profiles had a value for one attribute, out of how many."""

    pk = models.CompositePrimaryKey("day", "attribute")
    day = models.DateField()
    attribute = models.CharField(max_length=60)
    module = models.CharField(max_length=12)
    filled = models.IntegerField()
    total = models.IntegerField()

    class Meta:
        verbose_name = "completeness snapshot"

    class Privacy:
        """No personal data: counts over everybody."""

        holds = None
