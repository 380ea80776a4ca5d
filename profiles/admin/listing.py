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
    strongest: dict[UUID, Identifier] = {}
    for row in Identifier.objects.filter(profile_id__in=ids, kind__in=v1.STRONG):
        held = strongest.get(row.profile_id)
        if held is None or _rank(row) < _rank(held):
            strongest[row.profile_id] = row
    return [
        Row(
            profile,
            f"{'Customer' if profile.known else 'Visitor'} {str(profile.pk)[:8]}",
            _hint(strongest.get(profile.pk)),
            behaviour.get(profile.pk),
        )
        for profile in page
    ]


def _rank(identifier: Identifier) -> tuple[bool, int]:
    """An address says most to people, whatever proves most about identity."""
    return identifier.kind != "email", v1.ORDER.get(identifier.kind, 99)


def _hint(identifier: Identifier | None) -> str:
    if identifier is None:
        return ""
    value = mask(nodes.unseal(identifier.pk, bytes(identifier.sealed)))
    return value if identifier.kind == "email" else f"{identifier.kind.replace('_', ' ')} {value}"
