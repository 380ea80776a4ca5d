"""Finding the person of each message, in sets, and keeping the identity tables true.

Order of locks: identifiers of the batch, then those of the region around new evidence, then
profiles; each sorted by id. A profile's row lock is held until the batch commits, so whatever
later stages derive for it is derived by one batch at a time. Deadlocks across the three groups are
possible, rare, and cured by digesting the batch again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from cdp.lib import clock, ids, sql
from profiles.data import Merge
from profiles.identity import graph, nodes, region
from profiles.identity.evidence import Evidence
from profiles.identity.rules import v1

_LOCK_KNOWN = """
SELECT id, profile_id FROM profiles_identifier WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
_SEE_AGAIN = """
UPDATE profiles_identifier i
SET first_seen_at = least(i.first_seen_at, s.first), last_seen_at = greatest(i.last_seen_at, s.last)
FROM unnest(%(ids)s::uuid[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
    AS s (id, first, last)
WHERE i.id = s.id AND (s.first < i.first_seen_at OR s.last > i.last_seen_at)
"""
_INSERT = """
INSERT INTO profiles_identifier AS i (id, kind, sealed, profile_id, first_seen_at, last_seen_at)
SELECT * FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(sealed)s::bytea[], %(owners)s::uuid[],
                     %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
ON CONFLICT (id) DO UPDATE
SET first_seen_at = least(i.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(i.last_seen_at, excluded.last_seen_at)
RETURNING id, profile_id, xmax = 0
"""
_INSERT_EDGES = """
INSERT INTO profiles_edge (id, "left", "right", event_id, rule, observed_at, recorded_at)
SELECT s.id, s.l, s.r, s.event_id, s.rule, s.observed_at, %(now)s
FROM unnest(%(ids)s::uuid[], %(lefts)s::uuid[], %(rights)s::uuid[], %(events)s::uuid[],
            %(rules)s::text[], %(times)s::timestamptz[]) AS s (id, l, r, event_id, rule,
            observed_at)
ON CONFLICT ("left", "right") DO NOTHING
RETURNING "left", "right"
"""
_MOVE_IDENTIFIERS = """
UPDATE profiles_identifier i SET profile_id = m.owner
FROM unnest(%(nodes)s::uuid[], %(owners)s::uuid[]) AS m (node, owner) WHERE i.id = m.node
"""
_MOVE_EVENTS = """
UPDATE profiles_event e SET profile_id = m.owner
FROM unnest(%(nodes)s::uuid[], %(owners)s::uuid[]) AS m (node, owner)
WHERE e.node_id = m.node AND e.profile_id = ANY(%(from)s)
"""
_MOVE_OBSERVATIONS = """
UPDATE profiles_observation o SET profile_id = m.owner
FROM unnest(%(nodes)s::uuid[], %(owners)s::uuid[]) AS m (node, owner) WHERE o.node_id = m.node
"""
_BURY = """
UPDATE profiles_profile p SET merged_into_id = i.profile_id
FROM profiles_identifier i
WHERE i.id = p.id AND p.id = ANY(%s) AND i.profile_id <> p.id
"""
_LOCK_PROFILES = "SELECT id FROM profiles_profile WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_KEEP_PROFILES = """
INSERT INTO profiles_profile (id, known, created_at, last_seen_at)
SELECT i.profile_id, bool_or(i.kind = ANY(%(strong)s)), min(i.first_seen_at), max(i.last_seen_at)
FROM profiles_identifier i WHERE i.profile_id = ANY(%(profiles)s)
GROUP BY i.profile_id ORDER BY i.profile_id
ON CONFLICT (id) DO UPDATE
SET known = excluded.known, created_at = excluded.created_at,
    last_seen_at = excluded.last_seen_at, merged_into_id = NULL
"""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who owns each identifier of a batch now; which profiles lost or gained history; who merged;
    the identifiers that got an owner other than themselves (``joined``: owner → nodes), and those
    that stand for themselves again (``parted``)."""

    owners: Mapping[UUID, UUID]
    moved: frozenset[UUID]
    merges: tuple[Merge, ...]
    joined: Mapping[UUID, frozenset[UUID]]
    parted: frozenset[UUID]


NOBODY = Resolution(owners={}, moved=frozenset(), merges=(), joined={}, parted=frozenset())


def resolve(evidence: Evidence) -> Resolution:
    """Write a batch's identifiers and edges and settle who is who. Runs in the caller's
    transaction."""
    owners, fresh = _keep_identifiers(evidence)
    before = dict(owners)
    new_edges = _keep_edges(evidence)
    if new_edges:
        kinds = {node: seen.known.kind for node, seen in evidence.seen.items()}
        around = region.load(new_edges, kinds, set(evidence.seen))
        before |= around.owners
        owners |= graph.partition(around.kinds, around.edges)
    moves = {node: owner for node, owner in owners.items() if before[node] != owner}
    history = {node: owner for node, owner in moves.items() if node not in fresh}
    left = {before[node] for node in history}
    _move(moves, history, left)
    touched = sorted({owners[node] for node in evidence.seen} | set(moves.values()) | left)
    sql.rows(_LOCK_PROFILES, [touched])
    sql.execute(_BURY, [sorted(moves)])
    sql.execute(_KEEP_PROFILES, {"strong": sorted(v1.STRONG), "profiles": touched})
    return Resolution(
        owners=owners,
        moved=frozenset(left | set(history.values())),
        merges=tuple(
            Merge(winner_id=owner, loser_id=node)
            for node, owner in sorted(history.items())
            if before[node] == node
        ),
        joined=_joined(owners, fresh | moves.keys()),
        parted=frozenset(node for node, owner in history.items() if node == owner),
    )


def _joined(owners: Mapping[UUID, UUID], new: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    joined: dict[UUID, set[UUID]] = {}
    for node in new:
        if owners[node] != node:
            joined.setdefault(owners[node], set()).add(node)
    return {owner: frozenset(members) for owner, members in joined.items()}


def _keep_identifiers(evidence: Evidence) -> tuple[dict[UUID, UUID], set[UUID]]:
    """Lock or make every identifier. Answers the owner of each, and which ones are new."""
    wanted = sorted(evidence.seen)
    owners: dict[UUID, UUID] = dict(sql.rows(_LOCK_KNOWN, [wanted]))
    known = sorted(owners)
    if known:
        spans = [evidence.seen[node] for node in known]
        firsts, lasts = [span.first for span in spans], [span.last for span in spans]
        sql.execute(_SEE_AGAIN, {"ids": known, "firsts": firsts, "lasts": lasts})
    unknown = [node for node in wanted if node not in owners]
    fresh: set[UUID] = set()
    if unknown:
        spans = [evidence.seen[node] for node in unknown]
        for node, owner, inserted in sql.rows(
            _INSERT,
            {
                "ids": unknown,
                "kinds": [span.known.kind for span in spans],
                "sealed": [nodes.seal(span.known.node_id, span.known.value) for span in spans],
                "owners": [span.companion for span in spans],
                "firsts": [span.first for span in spans],
                "lasts": [span.last for span in spans],
            },
        ):
            owners[node] = owner
            if inserted:
                fresh.add(node)
    return owners, fresh


def _keep_edges(evidence: Evidence) -> list[graph.Edge]:
    """Append the edges; answers those nobody had seen before."""
    if not evidence.edges:
        return []
    pairs = sorted(evidence.edges)
    proofs = [evidence.edges[pair] for pair in pairs]
    found = sql.rows(
        _INSERT_EDGES,
        {
            "ids": [ids.new() for _ in pairs],
            "lefts": [left for left, _ in pairs],
            "rights": [right for _, right in pairs],
            "events": [proof.event_id for proof in proofs],
            "rules": [proof.rule for proof in proofs],
            "times": [proof.observed_at for proof in proofs],
            "now": clock.now(),
        },
    )
    return [(left, right) for left, right in found]


def _move(moves: Mapping[UUID, UUID], history: Mapping[UUID, UUID], left: set[UUID]) -> None:
    """Hand identifiers to their new owners, and with them what was recorded under them."""
    if moves:
        order = sorted(moves)
        sql.execute(_MOVE_IDENTIFIERS, {"nodes": order, "owners": [moves[node] for node in order]})
    if history:
        order = sorted(history)
        params = {"nodes": order, "owners": [history[node] for node in order]}
        sql.execute(_MOVE_EVENTS, {**params, "from": sorted(left)})
        sql.execute(_MOVE_OBSERVATIONS, params)
