"""Overrides by name, for whoever searches the console."""

from recommendations.overrides.models import Override


def named(part: str, *, limit: int) -> list[tuple[int, str, str]]:
    """Overrides whose name has this part, whatever its case: id, name, what they do."""
    found = Override.objects.filter(name__icontains=part).order_by("name", "pk")[:limit]
    return [(one.pk, one.name, one.get_kind_display()) for one in found]
