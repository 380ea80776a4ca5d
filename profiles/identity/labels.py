"""What people are called on a page: enough to tell them apart, masked."""

from collections.abc import Collection, Mapping
from uuid import UUID

from cdp.lib.masks import mask
from profiles.identity import nodes
from profiles.identity.models import Identifier, Profile
from profiles.identity.rules import v1


def labels(profile_ids: Collection[UUID]) -> dict[UUID, str]:
    """The masked names of living profiles, such as "Customer 1a2b3c4d · l…@example.org". Two
    queries for any number; unknown ids are missing."""
    known = dict(
        Profile.objects.filter(pk__in=list(profile_ids), merged_into__isnull=True).values_list(
            "pk", "known"
        )
    )
    said = hints(known)
    return {
        profile_id: " · ".join(
            filter(None, [name(profile_id, known[profile_id]), said.get(profile_id)])
        )
        for profile_id in known
    }


def name(profile_id: UUID, known: bool) -> str:
    """What a profile is called."""
    return f"{'Customer' if known else 'Visitor'} {str(profile_id)[:8]}"


def hints(profile_ids: Collection[UUID] | Mapping[UUID, object]) -> dict[UUID, str]:
    """A masked address or identifier of each who has one, in one query."""
    strongest: dict[UUID, Identifier] = {}
    for row in Identifier.objects.filter(profile_id__in=list(profile_ids), kind__in=v1.STRONG):
        held = strongest.get(row.profile_id)
        if held is None or _rank(row) < _rank(held):
            strongest[row.profile_id] = row
    return {profile_id: _hint(held) for profile_id, held in strongest.items()}


def _rank(identifier: Identifier) -> tuple[bool, int]:
    """An address says most to people, whatever proves most about identity."""
    return identifier.kind != "email", v1.ORDER.get(identifier.kind, 99)


def _hint(identifier: Identifier) -> str:
    value = mask(nodes.unseal(identifier.pk, bytes(identifier.sealed)))
    return value if identifier.kind == "email" else f"{identifier.kind.replace('_', ' ')} {value}"
