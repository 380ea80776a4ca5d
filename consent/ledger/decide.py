"""From a set of ledger records to what holds now. Pure: the same set decides the same, in whatever
order and however often its records arrived.

The rule, per purpose, walking through time (at one instant grants come before refusals, so that a
tie restricts):

* a refusal always counts and stays open;
* a grant holds if it answers every open refusal. A deliberate act answers any. A state that a
  client merely repeats answers only a refusal that was itself a repeated state, of the same subject
  and of no better evidence;
* a grant that holds closes the refusals before it.

The records of subjects that proved to be one person go through the same walk together, so a merge
never widens: what either of them refused stays refused until a newer deliberate grant.
"""

from collections.abc import Iterable, Mapping

from consent.data import RESTRICTION, Act, Basis, Decision, Evidence, Purpose, Record

STRENGTH = {evidence: rank for rank, evidence in enumerate(Evidence)}

_OBJECTABLE = {Basis.LEGITIMATE_INTERESTS, Basis.PUBLIC_TASK}


def decide(records: Iterable[Record], purposes: Mapping[str, Purpose]) -> list[Decision]:
    """One decision for each purpose, in the order of ``purposes``, and a last one on restriction
    where it was ever asked for (permitted: restricted)."""
    by_purpose: dict[str, list[Record]] = {}
    for record in records:
        by_purpose.setdefault(record.act.purpose, []).append(record)
    decisions = [_one(purpose, by_purpose.get(slug, [])) for slug, purpose in purposes.items()]
    if restriction := by_purpose.get(RESTRICTION):
        newest = max(restriction, key=lambda record: (record.act.occurred_at, record.act.granted))
        decisions.append(Decision(RESTRICTION, newest.act.granted, "restriction", newest))
    return decisions


def walk(records: Iterable[Record]) -> tuple[Record | None, list[Record]]:
    """The record that decides about the one purpose of these, and the refusals still open."""
    holds: Record | None = None
    open_refusals: list[Record] = []
    for record in sorted(records, key=_moment):
        if not record.act.granted:
            open_refusals.append(record)
            holds = record
        elif all(answers(record.act, refusal.act) for refusal in open_refusals):
            open_refusals = []
            holds = record
    return holds, open_refusals


def answers(grant: Act, refusal: Act) -> bool:
    """Whether this later grant may close this refusal."""
    if grant.explicit:
        return True
    return (
        not refusal.explicit
        and grant.subject_id == refusal.subject_id
        and STRENGTH[grant.evidence] >= STRENGTH[refusal.evidence]
    )


def _one(purpose: Purpose, records: list[Record]) -> Decision:
    record, _ = walk(records)
    granted = record.act.granted if record else None
    if purpose.basis is Basis.CONSENT:
        because = {True: "granted", False: "refused", None: "never_asked"}[granted]
        return Decision(purpose.slug, granted is True, because, record)
    if purpose.basis in _OBJECTABLE and granted is False:
        return Decision(purpose.slug, False, "objected", record)
    return Decision(purpose.slug, True, purpose.basis.value, record)


def _moment(record: Record) -> tuple[object, ...]:
    act = record.act
    return (
        act.occurred_at,
        not act.granted,
        act.explicit,
        STRENGTH[act.evidence],
        act.act_id,
    )
