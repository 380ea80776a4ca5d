"""The part of the identity graph that new evidence can change, loaded and locked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cdp.lib import sql
from profiles.identity.graph import Edge
from profiles.identity.rules import v1

_TOUCHING = """
SELECT e."left", e."right", l.kind, r.kind, l.profile_id, r.profile_id
FROM (SELECT "left", "right" FROM profiles_edge WHERE "left" = ANY(%(nodes)s)
      UNION SELECT "left", "right" FROM profiles_edge WHERE "right" = ANY(%(nodes)s)) e
JOIN profiles_identifier l ON l.id = e."left"
JOIN profiles_identifier r ON r.id = e."right"
"""


@dataclass(slots=True)
class Region:
    """Nodes by kind and present owner, and all evidence among them."""

    kinds: dict[UUID, str] = field(default_factory=dict)
    owners: dict[UUID, UUID] = field(default_factory=dict)
    edges: set[Edge] = field(default_factory=set)

    def add(self, row: tuple[Any, ...]) -> None:
        """Take in one row of evidence."""
        left, right, left_kind, right_kind, left_owner, right_owner = row
        self.edges.add((left, right))
        self.kinds |= {left: left_kind, right: right_kind}
        self.owners |= {left: left_owner, right: right_owner}


def load(new: Collection[Edge], kinds: Mapping[UUID, str], locked: set[UUID]) -> Region:
    """Everything that ``new`` evidence can reach, with all its identifiers locked.

    Whoever adds evidence locks both ends first, so once the region is locked nobody can add to it;
    it is therefore read again whenever a read found identifiers that were not locked yet. ``kinds``
    knows the ends of the new evidence; ``locked`` grows by what is locked here.
    """
    while True:
        region = _read(new, kinds)
        missing = sorted(region.kinds.keys() - locked)
        if not missing:
            return region
        sql.rows(
            "SELECT id FROM profiles_identifier WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [missing],
        )
        locked |= set(missing)


def _read(new: Collection[Edge], kinds: Mapping[UUID, str]) -> Region:
    region = Region()
    united = {node for edge in new if all(kinds[n] == v1.SEED for n in edge) for node in edge}
    start = {node for edge in new for node in edge if kinds[node] != v1.SEED}
    if united:
        _follow(region, united, seeds=True)
        # A united head may claim what was shared before: everything beside it is asked again.
        for row in _touching({n for n, kind in region.kinds.items() if kind == v1.SEED} | united):
            region.add(row)
        start |= {node for node, kind in region.kinds.items() if kind != v1.SEED}
    _follow(region, start, seeds=False)
    _follow(region, {n for n, kind in region.kinds.items() if kind == v1.SEED}, seeds=True)
    return region


def _follow(region: Region, start: set[UUID], *, seeds: bool) -> None:
    """Walk from ``start`` along user ids only (``seeds``), or along everything but user ids."""
    frontier, visited = start, set(start)
    while frontier:
        found = [row for row in _touching(frontier) if not seeds or row[2] == row[3] == v1.SEED]
        for row in found:
            region.add(row)
        reached = {row[side] for row in found for side in (0, 1)}
        frontier = {node for node in reached - visited if (region.kinds[node] == v1.SEED) == seeds}
        visited |= frontier


def _touching(nodes: Collection[UUID]) -> list[tuple[Any, ...]]:
    return sql.rows(_TOUCHING, {"nodes": sorted(nodes)})
