"""Which identifiers are one person. Pure: a function of the set of evidence, never of its order.

The rule, in full:

1. User ids are unique per person. Two user ids are one person only where an alias call said so:
   edges between user ids unite them into one *head*.
2. Every other identifier belongs to the head that is nearest in steps along the evidence. Is one
   head nearest, it joins; are several equally near, it is **shared** (a family's laptop, an
   office's e-mail) and joins none of them. Evidence is not followed through a shared identifier.
3. An identifier beside more different identifiers of one kind than ``LIMITS`` allows (a placeholder
   phone number) names nobody: it stays alone.
4. What no head claims (visitors before they sign in, shared devices) forms persons by plain
   connection.

A person's id is its strongest identifier's node: by kind, then the smallest id.

Because a user id ends every path, the answer for an identifier depends only on its *region*: what
it reaches without passing a user id, and the user ids at the rim. So late evidence, such as a
second person signing in on a device, is judged by loading that region and asking again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from profiles.identity.rules import v1

Edge = tuple[UUID, UUID]


class Forest:
    """Disjoint sets whose representative is the member with the smallest key."""

    def __init__(self, keys: Mapping[UUID, tuple[int, UUID]]) -> None:
        self._keys = keys
        self._parents: dict[UUID, UUID] = {}

    def find(self, node: UUID) -> UUID:
        """The representative of the node's set."""
        parent = self._parents.get(node, node)
        while parent != node:
            grand = self._parents.get(parent, parent)
            self._parents[node] = grand
            node, parent = parent, grand
        return node

    def unite(self, left: UUID, right: UUID) -> None:
        """Make the sets of both nodes one."""
        left, right = self.find(left), self.find(right)
        if left != right:
            low, high = sorted((left, right), key=self._keys.__getitem__)
            self._parents[high] = low


def partition(kinds: Mapping[UUID, str], edges: Iterable[Edge]) -> dict[UUID, UUID]:
    """The person of every node of ``kinds``, by the rule above. Edges to nodes outside of ``kinds``
    are not allowed."""
    neighbours: dict[UUID, set[UUID]] = defaultdict(set)
    for left, right in edges:
        neighbours[left].add(right)
        neighbours[right].add(left)
    forest = Forest({node: (v1.ORDER[kind], node) for node, kind in kinds.items()})
    seeds = {node for node, kind in kinds.items() if kind == v1.SEED}
    for seed in seeds:
        for other in neighbours[seed] & seeds:
            forest.unite(seed, other)
    crowded = {node for node in kinds if node not in seeds and _is_crowded(neighbours[node], kinds)}
    claimed = _claim({seed: forest.find(seed) for seed in seeds}, neighbours, crowded)
    left_over = [node for node in kinds if node not in claimed and node not in crowded]
    for node in left_over:
        for other in neighbours[node]:
            if other not in claimed and other not in crowded:
                forest.unite(node, other)
    return claimed | {node: forest.find(node) for node in left_over} | {n: n for n in crowded}


def _claim(
    heads: Mapping[UUID, UUID], neighbours: Mapping[UUID, set[UUID]], crowded: set[UUID]
) -> dict[UUID, UUID]:
    """Step by step outwards from the user ids: who is claimed by exactly one head joins it."""
    claimed, shared = dict(heads), set(crowded)
    frontier = list(heads)
    while frontier:
        claims: dict[UUID, set[UUID]] = defaultdict(set)
        for node in frontier:
            for other in neighbours[node]:
                if other not in claimed and other not in shared:
                    claims[other].add(claimed[node])
        frontier = [node for node, by in claims.items() if len(by) == 1]
        claimed |= {node: next(iter(claims[node])) for node in frontier}
        shared |= {node for node, by in claims.items() if len(by) > 1}
    return claimed


def _is_crowded(beside: set[UUID], kinds: Mapping[UUID, str]) -> bool:
    counted = Counter(kinds[node] for node in beside)
    return any(counted[kind] > limit for kind, limit in v1.LIMITS.items())
