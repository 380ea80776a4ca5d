"""Overrides made by programs: seeds and imports. Marketers make theirs in the console."""

from collections.abc import Sequence

from recommendations.overrides.models import Override


def ensure(
    *,
    name: str,
    kind: str,
    owner_id: int | None,
    item_ids: Sequence[str] = (),
    category: Sequence[str] = (),
    placements: Sequence[str] = (),
    segment_id: int | None = None,
    position: int = 1,
    factor: float = 1.0,
) -> None:
    """Publish an override, unless one of this name stands already; that one is left as it is."""
    Override.objects.get_or_create(
        name=name,
        defaults={
            "kind": Override.Kind(kind),
            "owner_id": owner_id,
            "item_ids": list(item_ids),
            "category": list(category),
            "placements": list(placements),
            "segment_id": segment_id,
            "position": position,
            "factor": factor,
            "state": Override.State.PUBLISHED,
        },
    )
