"""People as lines of a list: masked names, and what they did in sum."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from cdp.lib.masks import mask
from profiles.attributes.models import Behaviour
from profiles.identity import nodes
from profiles.identity.models import Identifier, Profile
from profiles.identity.rules import v1

PAGE = 25


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: a person's masked name and what they did in sum."""

    profile: Profile
    name: str
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
    names: dict[UUID, tuple[int, str]] = {}
    for row in Identifier.objects.filter(profile_id__in=ids):
        rank = v1.ORDER.get(row.kind, 99)
        if row.profile_id not in names or rank < names[row.profile_id][0]:
            names[row.profile_id] = (rank, _called(row))
    return [
        Row(
            profile,
            names.get(profile.pk, (0, f"Visitor {str(profile.pk)[:8]}"))[1],
            behaviour.get(profile.pk),
        )
        for profile in page
    ]


def _called(identifier: Identifier) -> str:
    if identifier.kind not in v1.STRONG:
        return f"Visitor {str(identifier.profile_id)[:8]}"
    value = mask(nodes.unseal(identifier.pk, bytes(identifier.sealed)))
    return value if identifier.kind == "email" else f"{identifier.kind.replace('_', ' ')} {value}"
