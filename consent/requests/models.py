"""What people ask for under the law, what was done about it, and the proof."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cdp.lib import ids
from consent.ledger.models import append_only


class Request(models.Model):
    """One person's request. ``sealed`` is the identifier it was made with, encrypted, and is
    removed when the request ends; ``subject_id`` is a pseudonym."""

    class Kind(models.TextChoices):
        ACCESS = "access", "A copy of my data"
        ERASURE = "erasure", "Delete my data"

    class State(models.TextChoices):
        RECEIVED = "received", "Waiting for confirmation"
        CONFIRMED = "confirmed", "Waiting for approval"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Refused"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped"

    class Channel(models.TextChoices):
        CENTRE = "centre", "Privacy centre"
        API = "api", "API"
        STAFF = "staff", "Staff"

    OPEN = (State.RECEIVED, State.CONFIRMED, State.APPROVED, State.RUNNING, State.FAILED)

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    reference = models.CharField(max_length=12, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    regulation = models.CharField(max_length=10, default="gdpr")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    identifier_kind = models.CharField(max_length=20)
    sealed = models.BinaryField(null=True, editable=False)
    subject_id = models.UUIDField(null=True, editable=False)
    subjects = ArrayField(models.UUIDField(), default=list, editable=False)
    evidence = models.CharField(max_length=100, blank=True, help_text="How identity was shown.")
    received_at = models.DateTimeField()
    due_on = models.DateField()
    confirmed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True, help_text="Why it stopped.")

    class Meta:
        verbose_name = "privacy request"
        ordering = ["due_on", "received_at"]
        indexes = [models.Index(fields=["state", "due_on"], name="request_queue")]
        constraints = [
            models.CheckConstraint(
                name="request_confirmed_at",
                condition=Q(state="denied")
                | Q(state="received", confirmed_at__isnull=True)
                | (~Q(state__in=["received", "denied"]) & Q(confirmed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="request_decided_at",
                condition=Q(state__in=["received", "confirmed"], decided_at__isnull=True)
                | (~Q(state__in=["received", "confirmed"]) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="request_finished_at",
                condition=Q(state__in=["done", "denied"], finished_at__isnull=False)
                | (~Q(state__in=["done", "denied"]) & Q(finished_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="request_denied_with_reason", condition=~Q(state="denied", reason="")
            ),
        ]

    class Privacy:
        holds = "what a person asked for"
        fields = {"sealed": "identifier, until the request ends", "subject_id": "pseudonym"}

    def __str__(self) -> str:
        return f"{self.reference}: {self.get_kind_display()}"


class Step(models.Model):
    """What one holder of personal data did for a request."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped"

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="steps")
    place = models.PositiveSmallIntegerField()
    holder = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    counted = models.JSONField(default=dict, help_text="Rows held before, by table.")
    rows = models.JSONField(default=dict, help_text="Rows removed or copied, by table.")
    kept = models.JSONField(default=dict, help_text="What stays, and by which law.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["request", "holder"], name="step_once"),
            models.CheckConstraint(
                name="step_finished_at",
                condition=Q(state="done", finished_at__isnull=False)
                | (~Q(state="done") & Q(finished_at__isnull=True)),
            ),
        ]

    class Privacy:
        """No personal data: numbers of rows."""

        holds = None

    def __str__(self) -> str:
        return self.holder


class Receipt(models.Model):
    """The signed proof of what was done. ``body`` is canonical JSON; nothing in it names a
    person."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="receipt")
    body = models.TextField()
    signature = models.BinaryField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        triggers = append_only()

    class Privacy:
        """No personal data: a hash of a pseudonym, and numbers."""

        holds = None

    def __str__(self) -> str:
        return str(self.id)


class Package(models.Model):
    """A person's copy of their data, sealed, for seven days."""

    request = models.OneToOneField(
        Request, on_delete=models.CASCADE, primary_key=True, related_name="package"
    )
    sealed = models.BinaryField(editable=False)
    expires_at = models.DateTimeField()

    class Privacy:
        holds = "all that is held about one person, sealed"
        fields = {"sealed": "copy of a person's data"}

    def __str__(self) -> str:
        return str(self.pk)


class OneTimeLink(models.Model):
    """A link mailed to one person, good once. Only its hash is kept."""

    class Use(models.TextChoices):
        CONFIRM = "confirm", "Confirm a request"
        CHOICES = "choices", "Change choices"
        DOWNLOAD = "download", "Download a copy"

    fingerprint = models.CharField(max_length=64, primary_key=True)
    use = models.CharField(max_length=10, choices=Use.choices)
    request = models.ForeignKey(Request, on_delete=models.CASCADE, null=True, related_name="links")
    subject_id = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"])]
        constraints = [
            models.CheckConstraint(
                name="link_for_someone",
                condition=Q(request__isnull=False) | Q(subject_id__isnull=False),
            )
        ]

    class Privacy:
        holds = "that a link was sent to a pseudonymous person"
        fields = {"subject_id": "pseudonym"}

    def __str__(self) -> str:
        return f"link to {self.get_use_display().lower()}"
