"""The laws of deciding: pure, so no database."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from consent.data import Act, Basis, Evidence, Purpose, Record
from consent.ledger.decide import STRENGTH, answers, decide
from tests.consent.acts import START, act

PURPOSES = {"analytics": Purpose("analytics", 1, Basis.CONSENT, "", "")}
ONE, TWO = UUID(int=1), UUID(int=2)


@st.composite
def records(draw: st.DrawFn, subjects: tuple[UUID, ...] = (ONE, TWO)) -> Record:
    choice = act(
        draw(st.sampled_from(subjects)),
        "analytics",
        draw(st.booleans()),
        draw(st.integers(0, 6)),
        act_id=draw(st.uuids()),
        explicit=draw(st.booleans()),
        evidence=draw(st.sampled_from(list(Evidence))),
    )
    return Record(choice, START, 0)


def reference(acts: list[Act]) -> bool:
    """Permitted at the end? Told differently: some grant holds at its moment, and nobody refused at
    or after it. A grant holds if the refusals since the last grant that held all yield to it."""

    def yields(refusal: Act, grant: Act) -> bool:
        same = refusal.subject_id == grant.subject_id and not refusal.explicit
        return grant.explicit or (same and STRENGTH[refusal.evidence] <= STRENGTH[grant.evidence])

    def held(grant: Act) -> bool:
        before = [a for a in acts if a.granted and a.occurred_at < grant.occurred_at and held(a)]
        since = max((a.occurred_at for a in before), default=START - timedelta(days=1))
        refusals = [a for a in acts if not a.granted and since <= a.occurred_at < grant.occurred_at]
        return all(yields(refusal, grant) for refusal in refusals)

    last_refusal = max((a.occurred_at for a in acts if not a.granted), default=None)
    return any(
        a.granted and (last_refusal is None or a.occurred_at > last_refusal) and held(a)
        for a in acts
    )


def permitted(timeline: list[Record]) -> bool:
    return decide(timeline, PURPOSES)[0].permitted


@given(st.lists(records(), max_size=8))
def test_decide__any_timeline__equals_the_reference(timeline: list[Record]) -> None:
    assert permitted(timeline) == reference([record.act for record in timeline])


@given(st.lists(records(), max_size=8), st.randoms(use_true_random=False))
def test_decide__any_order_and_duplication__same_decision(timeline, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = timeline + timeline[: len(timeline) // 2]
    random.shuffle(shuffled)
    assert decide(shuffled, PURPOSES) == decide(timeline, PURPOSES)


@given(st.lists(records((ONE,)), max_size=5), st.lists(records((TWO,)), max_size=5))
def test_decide__two_become_one__a_merge_never_widens(one: list[Record], two: list[Record]) -> None:
    if not permitted(one + two):
        return
    grants = [r.act for r in one + two if r.act.granted]
    for refusal in [r.act for r in one + two if not r.act.granted]:
        assert any(g.occurred_at > refusal.occurred_at and answers(g, refusal) for g in grants)
    assert permitted(one) or permitted(two)


def test_decide__repeated_state_against_a_deliberate_refusal__stays_refused() -> None:
    state = act(ONE, "analytics", True, 1, explicit=False, evidence=Evidence.CLIENT_ASSERTED)
    timeline = [Record(act(ONE, "analytics", False), START, 1), Record(state, START, 2)]
    assert not permitted(timeline)


def test_decide__interest_objected_to__not_permitted() -> None:
    interest = {"fraud": Purpose("fraud", 5, Basis.LEGITIMATE_INTERESTS, "", "")}
    objection = Record(act(ONE, "fraud", False), START, 1)
    assert [d.permitted for d in decide([], interest)] == [True]
    assert [d.because for d in decide([objection], interest)] == ["objected"]


def test_decide__contract_refused__still_permitted() -> None:
    service = {"service": Purpose("service", 0, Basis.CONTRACT, "", "")}
    refusal = Record(act(ONE, "service", False), START, 1)
    assert [d.permitted for d in decide([refusal], service)] == [True]
