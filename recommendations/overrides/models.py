"""What marketers change about the suggestions."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


@pghistory.track()
class Override(models.Model):
    """A rule of a marketer: which items, what happens to them, where, for whom and when.

    ``starts_at`` and ``ends_at`` empty mean since ever and for ever; no placement means all of
    them; no segment means everyone. Rules with a segment reach only people who allow
    personalisation.
    """

    class Kind(models.TextChoices):
        PIN = "pin", "Show first (at a place)"
        BOOST = "boost", "Show higher"
        BURY = "bury", "Show lower"
        EXCLUDE = "exclude", "Hide"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    item_ids = ArrayField(models.TextField(), default=list, blank=True)
    category = ArrayField(models.TextField(), default=list, blank=True)
    brand = models.TextField(blank=True)
    tag = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=1)
    factor = models.FloatField(default=1.0)
    placements = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    segment = models.ForeignKey(
        "segments.Segment", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(factor__gt=0), name="override_factor_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(position__gte=1), name="override_position_counts_from_one"
            ),
        ]

    class Privacy:
        """No personal data: a rule names items and segments, never a shopper."""

        holds = None

    def __str__(self) -> str:
        return self.name


class OverrideUserObjectPermission(UserObjectPermissionBase):
    """Who may see or change which override."""

    content_object = models.ForeignKey(Override, on_delete=models.CASCADE)

    class Privacy:
        """No shopper's data."""

        holds = None


class OverrideGroupObjectPermission(GroupObjectPermissionBase):
    """Which role may see or change which override."""

    content_object = models.ForeignKey(Override, on_delete=models.CASCADE)

    class Privacy:
        """No shopper's data."""

        holds = None
