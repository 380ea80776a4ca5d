"""Attributes: what they are, every claim about them, the claim that holds, what behaviour adds up
to.

The tables below carry ``profile_id`` without a foreign key: they are written by set-based SQL in
the transaction that holds the profile's row lock, where a check per row would cost a tenth of the
digest.
"""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from profiles.data import Module


@pghistory.track()
class Definition(models.Model):
    """What an attribute is."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATETIME = "datetime", "Date and time"
        BOOLEAN = "boolean", "Yes or no"
        PATH = "path", "Path (country > city)"
        SET = "set", "Several values"

    slug = models.SlugField(primary_key=True, max_length=60)
    title = models.CharField(max_length=100)
    module = models.CharField(max_length=12, choices=[(m.value, m.value.title()) for m in Module])
    kind = models.CharField(max_length=10, choices=Kind.choices)
    levels = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="Of a path, root first.",
    )
    personal = models.BooleanField(
        default=False, help_text="Sealed at rest, masked in the console, not usable in rules."
    )
    traits = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Trait names that feed this attribute.",
    )
    expected = models.BooleanField(default=True, help_text="Counts towards completeness.")
    description = models.CharField(max_length=300, blank=True)

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return self.title


class Observation(models.Model):
    """A claim about one attribute of one person, kept for good: the version history.

    ``grain`` is the observed time for core attributes and its day for contextual ones, of which
    only the last claim of a day is kept. ``node_id`` seals the value and survives merges and their
    undoing.
    """

    pk = models.CompositePrimaryKey("node_id", "attribute", "slot", "grain", "source_id")
    node_id = models.UUIDField()
    attribute = models.CharField(max_length=60)
    slot = models.CharField(max_length=64, blank=True)
    grain = models.DateTimeField()
    source_id = models.IntegerField()
    profile_id = models.UUIDField()
    value = models.JSONField(null=True)
    sealed = models.BinaryField(null=True)
    rank = models.SmallIntegerField()
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    event_id = models.UUIDField()
    rule = models.CharField(max_length=40)

    class Meta:
        indexes = [
            models.Index(fields=["profile_id", "attribute"], name="observation_profile"),
        ]

    class Privacy:
        holds = "every claim about a person's attributes"
        fields = {"value": "attribute", "sealed": "sealed attribute"}


class Value(models.Model):
    """The claim that holds: the greatest by (rank, observed_at, event_id)."""

    pk = models.CompositePrimaryKey("profile_id", "attribute", "slot")
    profile_id = models.UUIDField()
    attribute = models.CharField(max_length=60)
    slot = models.CharField(max_length=64, blank=True)
    value = models.JSONField(null=True)
    sealed = models.BinaryField(null=True)
    node_id = models.UUIDField()
    source_id = models.IntegerField()
    rank = models.SmallIntegerField()
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    event_id = models.UUIDField()
    rule = models.CharField(max_length=40)

    class Privacy:
        holds = "a person's attributes"
        fields = {"value": "attribute", "sealed": "sealed attribute"}


class Day(models.Model):
    """What one person did on one day (UTC), always recomputed whole from that day's events: so any
    order of arrival gives the same row."""

    pk = models.CompositePrimaryKey("profile_id", "day")
    profile_id = models.UUIDField()
    day = models.DateField()
    events = models.IntegerField()
    sessions = models.IntegerField()
    seconds = models.IntegerField(help_text="Time between first and last event of each session.")
    views = models.IntegerField()
    carts = models.IntegerField()
    orders = models.IntegerField()
    revenue = models.DecimalField(max_digits=16, decimal_places=4)
    refunds = models.IntegerField()
    refunded = models.DecimalField(max_digits=16, decimal_places=4)
    pieces = models.DecimalField(max_digits=16, decimal_places=4)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)

    class Privacy:
        holds = "what a person did, by day"
        fields = {"revenue": "behaviour"}


class Behaviour(models.Model):
    """The sum of a person's days: recency, frequency, monetary value and more."""

    profile_id = models.UUIDField(primary_key=True)
    events = models.IntegerField()
    active_days = models.IntegerField()
    sessions = models.IntegerField()
    seconds = models.BigIntegerField()
    views = models.IntegerField()
    carts = models.IntegerField()
    orders = models.IntegerField()
    revenue = models.DecimalField(max_digits=16, decimal_places=4)
    refunds = models.IntegerField()
    refunded = models.DecimalField(max_digits=16, decimal_places=4)
    pieces = models.DecimalField(max_digits=16, decimal_places=4)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)

    class Privacy:
        holds = "what a person did, in sum"
        fields = {"revenue": "behaviour"}


class Affinity(models.Model):
    """How much a person leans to a category or brand: a forward-decayed sum (half-life in the
    rule's version), in units of one view made at the landmark."""

    pk = models.CompositePrimaryKey("profile_id", "dimension", "key")
    profile_id = models.UUIDField()
    dimension = models.CharField(max_length=10)
    key = models.CharField(max_length=200)
    weight = models.DecimalField(max_digits=200, decimal_places=6)
    last_at = models.DateTimeField()

    class Privacy:
        holds = "what a person leans to"
        fields = {"weight": "behaviour"}
