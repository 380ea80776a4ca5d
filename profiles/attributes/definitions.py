"""What attributes there are: those shipped, and those made for traits nobody foresaw."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from cdp.lib import sql
from profiles.attributes.catalogue import BY_SLUG, SEEDED
from profiles.attributes.models import Definition
from profiles.data import Module

MAX_UNFORESEEN = 300
"""So many attributes may come into being by themselves; traits beyond stay in their events only."""

_ADD = """
INSERT INTO profiles_definition
    (slug, title, module, kind, levels, personal, traits, expected, description)
SELECT s.slug, s.title, 'core', 'text', '{}', true, ARRAY[s.trait], false, %(why)s
FROM unnest(%(slugs)s::text[], %(titles)s::text[], %(traits)s::text[]) AS s (slug, title, trait)
ON CONFLICT (slug) DO NOTHING
"""
_WHY = "Came with events. Sealed until somebody decides that it is not personal."


@dataclass(frozen=True, slots=True)
class Feed:
    """The attribute a trait feeds."""

    slug: str
    kind: str
    personal: bool
    fits: bool


def seed(**_: Any) -> None:
    """Write the shipped definitions; runs after every migrate. What staff changed stays changed."""
    Definition.objects.bulk_create(
        [
            Definition(
                slug=one.slug,
                title=one.title,
                module=one.module.value,
                kind=one.kind,
                levels=list(one.levels),
                personal=one.personal,
                traits=list(one.traits),
                expected=one.expected,
                description=one.description,
            )
            for one in SEEDED
        ],
        ignore_conflicts=True,
    )


def feeds() -> dict[str, Feed]:
    """By trait name, the attribute it feeds."""
    found: dict[str, Feed] = {}
    told = Definition.objects.filter(module=Module.CORE.value).order_by("slug")
    for one in told.values_list("slug", "kind", "personal", "traits"):
        slug, kind, personal, traits = one
        for trait in traits:
            found.setdefault(
                trait, Feed(slug, kind, personal, fits=slug in BY_SLUG or not personal)
            )
    return found


def foresee(names: Iterable[str], known: Mapping[str, Feed]) -> dict[str, Feed]:
    """``known``, and with it an attribute for each further trait, as far as there is room. Those
    are personal until a person says otherwise: nothing is lost, and nothing unknown is shown."""
    new = sorted(set(names) - known.keys())
    if not new:
        return dict(known)
    made = Definition.objects.filter(~Q(slug__in=BY_SLUG)).count()
    new = new[: max(0, MAX_UNFORESEEN - made)]
    slugs = [name if name not in BY_SLUG else f"trait_{name}" for name in new]
    titles = [name.replace("_", " ").capitalize() for name in new]
    sql.execute(_ADD, {"slugs": slugs, "titles": titles, "traits": new, "why": _WHY})
    return dict(known) | {
        name: Feed(slug, "text", personal=True, fits=False)
        for name, slug in zip(new, slugs, strict=True)
    }


def personal_slugs() -> frozenset[str]:
    """Attributes whose values are sealed."""
    return frozenset(Definition.objects.filter(personal=True).values_list("slug", flat=True))
