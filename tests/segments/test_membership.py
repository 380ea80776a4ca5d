"""Who is in a segment, since when, and that recounting and live evaluation agree."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from cdp.lib import clock
from profiles.data import Batch, Event, Merge
from segments import api as segments
from segments.models import Membership, RuleVersion, Segment
from segments.privacy import SubjectData
from segments.rules import live as live_rules
from segments.rules import membership, people
from segments.rules.evaluate import holds
from segments.rules.nodes import AttributeTest
from segments.stages import evaluate_live
from tests.segments.conftest import Maker
from tests.segments.people import allow, did, someone

pytestmark = pytest.mark.django_db

BUYERS = {"attribute": "behavioural.orders", "op": "gte", "value": 2}
RECENT = {"event": "purchase", "within": {"days": 7}}


def inside(segment: Segment) -> set[UUID]:
    return set(segments.members(segment.pk, limit=1000))


def batch_of(*people: UUID, kind: str = "purchase") -> Batch:
    return Batch(events=[event_of(profile_id, kind) for profile_id in people])


def event_of(profile_id: UUID, kind: str = "purchase") -> Event:
    now = clock.now()
    return Event(
        event_id=uuid4(), source_id=1, message_id=str(uuid4()), kind=kind, name=kind,
        node_id=profile_id, profile_id=profile_id, timestamp=now, received_at=now, sent_at=None,
        original_timestamp=None, purposes=15,
    )  # fmt: skip


def test_recompute__people_by_rule_and_consent__opens_and_counts(live: Maker) -> None:
    buyer = someone(orders=2)
    someone(orders=1)
    someone(orders=5, permits=False)
    segment = live(BUYERS)
    assert inside(segment) == {buyer}
    assert (segment.size, segment.due, segment.drift) == (1, False, 0)
    assert segment.counted_at is not None


def test_recompute__after_a_change__closes_the_stay_and_reports_drift(live: Maker) -> None:
    buyer = someone(orders=2)
    segment = live(BUYERS)
    allow(buyer, "marketing", granted=False)
    [count] = membership.recompute()
    assert (count.opened, count.closed, count.size, count.drift) == (0, 1, 0, 1)
    stay = Membership.objects.get(segment=segment)
    assert stay.until is not None
    assert stay.until >= stay.since


def test_recompute__by_time_alone__lets_people_leave(live: Maker) -> None:
    buyer = someone()
    did(buyer, days_ago=1)
    segment = live(RECENT)
    assert inside(segment) == {buyer}
    membership.recompute(now=clock.now() + timedelta(days=10))
    assert inside(segment) == set()


def test_recompute__twice__changes_nothing_the_second_time(live: Maker) -> None:
    someone(orders=3)
    live(BUYERS)
    assert [count.drift for count in membership.recompute()] == [0]


def test_recompute__segment_on_segment__follows_in_order(live: Maker) -> None:
    buyer, other = someone(orders=2), someone()
    base = live(BUYERS, name="Z base")
    above = live({"not": {"segment": base.slug}}, name="A above")
    assert inside(above) == {other}
    membership.recompute()
    assert inside(base) == {buyer}


def test_membership__second_open_stay__is_refused(live: Maker) -> None:
    buyer = someone(orders=2)
    segment = live(BUYERS)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(segment=segment, profile_id=buyer, since=clock.now())


def test_membership__ending_before_it_began__is_refused(live: Maker) -> None:
    someone(orders=2)
    segment = live(BUYERS)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(segment=segment).update(until=F("since") - timedelta(seconds=1))


def test_rule_version__changed_or_deleted__is_refused(live: Maker) -> None:
    segment = live(BUYERS)
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleVersion.objects.filter(segment=segment).update(rule={})
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleVersion.objects.filter(segment=segment).delete()


def test_live__event_of_a_person__enters_and_leaves_like_the_recount(live: Maker) -> None:
    segment = live(RECENT)
    left = live({"event": "purchase", "has": False}, name="Never bought")
    buyer = someone()
    evaluate_live(batch_of(buyer, kind="view"))
    assert (inside(segment), inside(left)) == (set(), {buyer})
    did(buyer)
    result = evaluate_live(batch_of(buyer))
    assert (inside(segment), inside(left)) == ({buyer}, set())
    assert result.counts == {"segments_entered": 1, "segments_left": 1}
    assert [count.drift for count in membership.recompute()] == [0, 0]


def test_live__consent_withdrawn__leaves_at_the_next_event(live: Maker) -> None:
    buyer = someone()
    did(buyer)
    segment = live(RECENT)
    allow(buyer, "marketing", granted=False)
    assert segments.segment_ids_of(buyer) == frozenset()
    evaluate_live(batch_of(buyer, kind="page"))
    assert inside(segment) == set()


def test_live__segment_on_segment__moves_in_the_same_batch(live: Maker) -> None:
    base = live(RECENT, name="Base")
    above = live({"segment": base.slug}, name="Above")
    buyer = someone()
    did(buyer)
    evaluate_live(batch_of(buyer))
    assert segments.segment_ids_of(buyer) == {base.pk, above.pk}


def test_live__merge__takes_the_loser_out_and_looks_at_the_winner(live: Maker) -> None:
    loser = someone()
    did(loser)
    segment = live(RECENT)
    winner = someone()
    did(winner)
    evaluate_live(Batch(merges=[Merge(winner, loser)]))
    assert inside(segment) == {winner}
    assert not Membership.objects.filter(profile_id=loser).exists()


def test_live__a_broken_rule__is_set_aside_and_the_others_go_on(
    live: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = live(RECENT, name="Good"), live(BUYERS, name="Bad")
    buyer = someone(orders=9)
    did(buyer)

    def fails(node: object, person: object) -> bool:
        if isinstance(node, AttributeTest):
            raise ZeroDivisionError("somebody's value")
        return holds(node, person)  # type: ignore[arg-type]

    monkeypatch.setattr(live_rules, "holds", fails)
    evaluate_live(batch_of(buyer))
    bad.refresh_from_db()
    assert inside(good) == {buyer}
    assert bad.fault == "Evaluation failed (ZeroDivisionError)."
    monkeypatch.undo()
    membership.recompute()
    bad.refresh_from_db()
    assert (bad.fault, inside(bad)) == ("", {buyer})


def test_live__rule_about_an_attribute_that_is_gone__is_marked_faulty(live: Maker) -> None:
    segment, good = live(BUYERS, name="Bad"), live(RECENT, name="Good")
    version = RuleVersion.objects.create(
        segment=segment, number=9, author="x", rule={"attribute": "core.gone", "op": "exists"}
    )
    Segment.objects.filter(pk=segment.pk).update(current=version)
    buyer = someone()
    did(buyer)
    evaluate_live(batch_of(buyer))
    segment.refresh_from_db()
    assert "gone" in segment.fault
    assert inside(good) == {buyer}


def test_live__batch_with_many_segments__stays_within_seven_queries(
    live: Maker, django_assert_max_num_queries: object
) -> None:
    for number in range(5):
        live(RECENT, name=f"Segment {number}")
    people = [someone() for _ in range(3)]
    evaluate_live(batch_of(*people))
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        evaluate_live(batch_of(*people))


def test_explain__person_and_rule__names_values_and_deciding_events(live: Maker) -> None:
    segment = live({"all": [BUYERS, RECENT]})
    buyer = someone(orders=1)
    event_id = did(buyer)
    verdict = people.why(segment, buyer)
    first, second = verdict.parts
    assert (verdict.held, first.held, second.held) == (False, False, True)
    assert (first.actual, first.missing, first.deciding) == ("1", "1 more", True)
    assert (second.event_ids, second.deciding) == ((event_id,), False)


def test_privacy__erase__leaves_nothing_and_says_so(live: Maker) -> None:
    buyer = someone(orders=2)
    live(BUYERS)
    holder, subjects = SubjectData(), frozenset({buyer})
    assert holder.export(subjects)["segments"][0]["segment"] == "Test"
    assert holder.verify(subjects) == ["segments_membership"]
    assert holder.erase(subjects).rows == {"segments_membership": 1}
    assert holder.verify(subjects) == []
    assert holder.erase(subjects).rows == {"segments_membership": 0}


def test_api__memberships_and_summaries__say_who_and_how_many(live: Maker) -> None:
    buyer = someone(orders=2)
    segment = live(BUYERS)
    [stay] = segments.memberships_of(buyer)
    assert (stay.segment, stay.until) == (segment.slug, None)
    [summary] = segments.summaries()
    assert (summary.slug, summary.size) == (segment.slug, 1)


def test_append_only_history__segment_renamed__keeps_the_old_name(live: Maker) -> None:
    segment = live(BUYERS)
    Segment.objects.filter(pk=segment.pk).update(name="Other")
    Segment.objects.filter(pk=segment.pk).update(size=99)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM segments_segmentevent ORDER BY pgh_id")
        names = [row[0] for row in cursor.fetchall()]
    assert names[-1] == "Other"
    assert names.count("Other") == 1
