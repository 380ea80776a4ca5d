"""Questions about memberships: whose, who, since when, why."""

from datetime import datetime
from uuid import UUID

from cdp.lib import clock, sql
from cdp.lib.errors import Problem
from consent import api as consent
from profiles import api as profiles
from segments.data import Membership, SegmentSummary
from segments.rules.comparison import RuleFault
from segments.rules.evaluate import Person
from segments.rules.explain import Verdict, explain
from segments.rules.models import RuleVersion, Segment
from segments.rules.parse import parse
from segments.rules.plans import plan_of


def summaries() -> list[SegmentSummary]:
    """Live segments by name."""
    return [
        SegmentSummary(row.pk, row.slug, row.name, row.size, row.counted_at)
        for row in Segment.objects.filter(state=Segment.State.LIVE)
    ]


def memberships_of(profile_id: UUID) -> list[Membership]:
    """Present stays of a person, of those segments whose purpose they permit now."""
    return _stays("m.profile_id = %s AND m.until IS NULL", profile_id)


def history_of(profile_id: UUID) -> list[Membership]:
    """Every stay of a person, newest first, whatever they permit: for themselves and for staff."""
    return _stays("m.profile_id = %s", profile_id, permitted_only=False)


def segment_ids_of(profile_id: UUID) -> frozenset[int]:
    """The segments a person is in and may be treated by. One indexed query."""
    return frozenset(stay.segment_id for stay in memberships_of(profile_id))


def members(segment_id: int, *, limit: int, after: UUID | None = None) -> list[UUID]:
    """Present members in the order of their ids, from ``after`` on (not included)."""
    found = sql.rows(
        "SELECT m.profile_id FROM segments_membership m"
        " WHERE m.segment_id = %s AND m.until IS NULL"
        " AND (%s::uuid IS NULL OR m.profile_id > %s) ORDER BY m.profile_id LIMIT %s",
        [segment_id, after, after, limit],
    )
    return [row[0] for row in found]


def why(segment: Segment, profile_id: UUID, *, version: RuleVersion | None = None) -> Verdict:
    """Why a person is, or is not, in a segment by its current rule (else its newest), now."""
    surface = profiles.surface()
    version = version or segment.current or segment.versions.first()
    if version is None:
        raise Problem("no_rule", "This segment has no rule yet.")
    try:
        node = parse(version.rule, surface.fields)
    except RuleFault as fault:
        raise Problem("faulty_rule", f"Mend the rule first: {fault}") from None
    now = clock.now()
    plan = plan_of(node, surface, segment.pk, segment.slug, segment.purpose)
    facts = profiles.facts([profile_id], since=plan.looks_back_to(now)).get(profile_id)
    if facts is None:
        raise Problem("not_found", "No person has this id.", status=404)
    inside = frozenset(
        stay.segment for stay in _stays("m.profile_id = %s AND m.until IS NULL", profile_id, False)
    )
    person = Person(facts, inside, now=now, purposes=plan.purposes)
    return explain(node, person, surface.fields, names())


def find(text: str) -> UUID:
    """The living profile meant by an id or by ``kind:value``. Raises 404 where there is none."""
    kind, colon, value = text.strip().partition(":")
    try:
        found = profiles.resolve(kind, value) if colon else profiles.canonical(UUID(kind))
    except ValueError:
        found = None
    if found is None:
        raise Problem(
            "not_found", "Nobody is known by this. Give a profile id or kind:value.", status=404
        )
    return found


def as_id(text: str) -> UUID:
    """A profile id given as a cursor."""
    try:
        return UUID(text)
    except ValueError:
        raise Problem("invalid_cursor", "Give the value that was in next.") from None


def names() -> dict[str, str]:
    """Segments' names by slug."""
    return dict(Segment.objects.values_list("slug", "name"))


def stay_of(segment_id: int, profile_id: UUID) -> datetime | None:
    """Since when a person is in a segment; None where they are not."""
    found = sql.rows(
        "SELECT m.since FROM segments_membership m"
        " WHERE m.segment_id = %s AND m.profile_id = %s AND m.until IS NULL",
        [segment_id, profile_id],
    )
    return found[0][0] if found else None


def _stays(condition: str, profile_id: UUID, permitted_only: bool = True) -> list[Membership]:
    known = consent.purposes()
    return [
        Membership(row[0], row[1], row[2], row[3], row[4])
        for row in sql.rows(
            "SELECT m.segment_id, s.slug, m.profile_id, m.since, m.until, s.purpose,"  # noqa: S608
            f" {consent.mask_sql('m.profile_id')} FROM segments_membership m"
            f" JOIN segments_segment s ON s.id = m.segment_id WHERE {condition}"
            " ORDER BY m.since DESC, m.id DESC",
            [profile_id],
        )
        if not permitted_only or (row[5] in known and row[6] & known[row[5]].mask)
    ]
