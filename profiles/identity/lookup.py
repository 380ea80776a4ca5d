"""From an identifier to the person it belongs to."""

from collections.abc import Mapping
from uuid import UUID

from cdp.lib import sql
from consent import api as consent
from profiles.data import Identifier, Visitor
from profiles.identity import nodes
from profiles.identity.rules import v1

_COUNTRY = """
(SELECT v.value ->> 0 FROM profiles_value v
 WHERE v.profile_id = i.profile_id AND v.attribute = 'location' AND v.slot = '')
"""


def resolve(kind: str, value: str) -> UUID | None:
    """The profile known by this identifier, or None."""
    known = v1.identifier(kind, value, node_id=nodes.node_id)
    return nodes.peek([known.node_id]).get(known.node_id) if known else None


def subject_of(kind: str, value: str) -> UUID | None:
    """The profile known by this identifier or, for somebody not stored yet, the id that person
    would have. None where the value names nobody."""
    known = v1.identifier(kind, value, node_id=nodes.node_id)
    if known is None:
        return None
    return nodes.peek([known.node_id]).get(known.node_id, known.node_id)


def canonical(profile_id: UUID) -> UUID | None:
    """The living profile behind this id, which may be one that was merged away. Every profile's id
    is the node of one of its identifiers, so the identifier knows."""
    return nodes.peek([profile_id]).get(profile_id)


def cluster(profile_id: UUID) -> frozenset[UUID]:
    """Every id that stands for the same person: the living profile, the nodes of its identifiers
    and the profiles merged into it."""
    found = sql.rows(
        "SELECT i.id, i.profile_id FROM profiles_identifier i WHERE i.profile_id = coalesce("
        "(SELECT a.profile_id FROM profiles_identifier a WHERE a.id = %(id)s), %(id)s)",
        {"id": profile_id},
    )
    return (
        frozenset({profile_id} | {part for row in found for part in row}) if found else frozenset()
    )


def identifiers(profile_id: UUID) -> tuple[Identifier, ...]:
    """The identifiers of a living profile in clear, strongest first."""
    found = sql.rows(
        "SELECT id, kind, sealed, first_seen_at, last_seen_at"
        " FROM profiles_identifier WHERE profile_id = %s",
        [profile_id],
    )
    opened = [
        Identifier(kind, nodes.unseal(node, sealed), node, first, last)
        for node, kind, sealed, first, last in found
    ]
    return tuple(
        sorted(opened, key=lambda one: (v1.ORDER[one.kind], one.first_seen_at, one.node_id))
    )


def visitor(identifiers: Mapping[str, str]) -> Visitor:
    """Who asks, in one query: the profile of the strongest identifier that is known, and what may
    be done for them. Somebody unknown is judged as the person they would be."""
    named = [
        known
        for kind, value in identifiers.items()
        if (known := v1.identifier(kind, value, node_id=nodes.node_id))
    ]
    if not named:
        return Visitor(profile_id=None, purposes=consent.always_mask())
    ordered = sorted(named, key=lambda one: v1.ORDER[one.kind])
    mask = consent.mask_sql("coalesce(i.profile_id, n.id)")
    found = sql.rows(
        f"SELECT n.place, i.profile_id, {mask}, {_COUNTRY}"  # noqa: S608
        " FROM unnest(%s::uuid[]) WITH ORDINALITY AS n (id, place)"
        " LEFT JOIN profiles_identifier i ON i.id = n.id"
        " ORDER BY i.id IS NULL, n.place",
        [[known.node_id for known in ordered]],
    )
    _, profile_id, purposes, country = found[0]
    theirs = {place for place, other, *_ in found if other is not None and other == profile_id}
    kinds = frozenset(known.kind for place, known in enumerate(ordered, 1) if place in theirs)
    return Visitor(profile_id, purposes, country or "", kinds)
