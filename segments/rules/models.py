"""Segments, the versions of their rules, who is in them since when, and who may edit them."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


@pghistory.track(exclude=["size", "counted_at", "due", "drift", "fault"])
class Segment(models.Model):
    """A group of people under one rule. ``current`` is the version that decides; newer versions may
    be waiting as drafts. What the machine counts is left out of the history."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Live"
        ARCHIVED = "archived", "Archived"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    purpose = models.SlugField(
        max_length=40,
        default="marketing",
        help_text="Only people who permit this use are members.",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    current = models.ForeignKey(
        "RuleVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    size = models.IntegerField(default=0, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    due = models.BooleanField(
        default=False, editable=False, help_text="Published, and not counted since."
    )
    drift = models.IntegerField(
        default=0, editable=False, help_text="Rows the last recount had to mend."
    )
    fault = models.CharField(
        max_length=200, blank=True, editable=False, help_text="Why the rule cannot be evaluated."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="live") | models.Q(current__isnull=False),
                name="segment_live_has_rule",
            )
        ]

    class Privacy:
        """No personal data of shoppers."""

        holds = None

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """One wording of a segment's rule, never changed."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    author = models.CharField(max_length=150, help_text="User name, or the key's name.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="ruleversion_number_once")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    class Privacy:
        """No personal data of shoppers."""

        holds = None

    def __str__(self) -> str:
        return f"version {self.number}"


class Membership(models.Model):
    """One stay of a person in a segment. ``profile_id`` has no foreign key: rows are written by
    sets in the digest's transaction, which holds the profile; a check per row would slow it."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    profile_id = models.UUIDField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "profile_id"],
                condition=models.Q(until__isnull=True),
                name="membership_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="membership_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["profile_id"], name="membership_profile"),
            models.Index(fields=["segment", "-since"], name="membership_joined"),
            models.Index(
                fields=["segment", "-until"],
                name="membership_left",
                condition=models.Q(until__isnull=False),
            ),
        ]

    class Privacy:
        holds = "which groups a person is or was in"
        fields = {"profile_id": "pseudonym", "since": "behaviour"}

    def __str__(self) -> str:
        return f"{self.profile_id} since {self.since:%d %B %Y}"


class SegmentUserObjectPermission(UserObjectPermissionBase):
    """What one member of staff may do with one segment, by a direct foreign key."""

    content_object = models.ForeignKey(Segment, on_delete=models.CASCADE)

    class Privacy:
        """No personal data of shoppers."""

        holds = None


class SegmentGroupObjectPermission(GroupObjectPermissionBase):
    """What a role may do with one segment, by a direct foreign key."""

    content_object = models.ForeignKey(Segment, on_delete=models.CASCADE)

    class Privacy:
        """No personal data of shoppers."""

        holds = None
