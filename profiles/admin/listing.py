"""People as lines of a list: masked names, and what they did in sum."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from profiles.attributes.models import Behaviour
from profiles.identity import labels
from profiles.identity.models import Profile

PAGE = 25


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: what tells a person from others, a masked address or identifier, and
    what they did in sum."""

    profile: Profile
    name: str
    hint: str
    behaviour: Behaviour | None


def recent(before: datetime | None, known: str) -> list[Profile]:
    """Living profiles, last seen first, one more than a page holds."""
    found: QuerySet[Profile] = Profile.objects.filter(
        merged_into__isnull=True, last_seen_at__isnull=False
    )
    if before is not None:
        found = found.filter(last_seen_at__lt=before)
    if known:
        found = found.filter(known=known == "1")
    return list(found.order_by("-last_seen_at")[: PAGE + 1])


def rows(page: list[Profile]) -> list[Row]:
    """The lines of a page, in two queries whatever its length."""
    ids = [profile.pk for profile in page]
    behaviour = Behaviour.objects.in_bulk(ids)
    hints = labels.hints(ids)
    return [
        Row(
            profile,
            labels.name(profile.pk, profile.known),
            hints.get(profile.pk, ""),
            behaviour.get(profile.pk),
        )
        for profile in page
    ]
