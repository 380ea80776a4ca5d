"""Laws of the overrides, for any candidates and any rules."""

from hypothesis import given
from hypothesis import strategies as st

from recommendations.overrides.apply import Candidate, Rule, apply

ITEMS = [f"i{n}" for n in range(12)]
BRANDS = ["", "acme", "zen"]

candidates = st.lists(
    st.builds(
        Candidate,
        item_id=st.sampled_from(ITEMS),
        score=st.floats(0.001, 1.0),
        category=st.sampled_from([(), ("home",), ("home", "kitchen"), ("garden",)]),
        brand=st.sampled_from(BRANDS),
        tags=st.sampled_from([(), ("sale",)]),
    ),
    unique_by=lambda each: each.item_id,
    max_size=12,
)
rules = st.lists(
    st.builds(
        Rule,
        rule_id=st.integers(1, 50),
        name=st.just("rule"),
        kind=st.sampled_from(["pin", "boost", "bury", "exclude"]),
        item_ids=st.lists(st.sampled_from(ITEMS), max_size=3).map(tuple),
        category=st.sampled_from([(), ("home",), ("home", "kitchen")]),
        brand=st.sampled_from(BRANDS),
        tag=st.sampled_from(["", "sale"]),
        position=st.integers(1, 6),
        factor=st.floats(0.1, 5.0),
        priority=st.integers(-2, 2),
    ),
    unique_by=lambda each: each.rule_id,
    max_size=6,
)
limits = st.integers(0, 12)


@given(candidates, rules, limits)
def test_apply__excluded_items__are_never_shown(
    pool: list[Candidate], given_rules: list[Rule], limit: int
) -> None:
    outcome = apply(pool, given_rules, limit=limit)
    hidden = {
        each.item_id
        for each in pool
        for rule in given_rules
        if rule.kind == "exclude" and rule.speaks_of(each)
    }
    assert not hidden & {placed.item_id for placed in outcome.placed}


@given(candidates, rules, limits)
def test_apply__any_input__gives_each_item_once_and_at_most_the_limit(
    pool: list[Candidate], given_rules: list[Rule], limit: int
) -> None:
    shown = [placed.item_id for placed in apply(pool, given_rules, limit=limit).placed]
    assert len(shown) == len(set(shown)) <= limit


@given(candidates, rules, limits, st.randoms())
def test_apply__shuffled_input__gives_the_same_answer(
    pool: list[Candidate], given_rules: list[Rule], limit: int, chance: object
) -> None:
    first = apply(pool, given_rules, limit=limit)
    chance.shuffle(pool)  # type: ignore[attr-defined]
    chance.shuffle(given_rules)  # type: ignore[attr-defined]
    again = apply(pool, given_rules, limit=limit)
    assert again.placed == first.placed
    assert again.removed == first.removed


@given(candidates, rules, limits)
def test_apply__forbidden_items__are_not_pinned(
    pool: list[Candidate], given_rules: list[Rule], limit: int
) -> None:
    gone = {"i0": "out of stock", "i1": "already bought"}
    pool = [each for each in pool if each.item_id not in gone]
    outcome = apply(pool, given_rules, limit=limit, forbidden=gone)
    assert not set(gone) & {placed.item_id for placed in outcome.placed}


@given(candidates, limits)
def test_apply__no_rules__keeps_the_order_of_scores(pool: list[Candidate], limit: int) -> None:
    outcome = apply(pool, [], limit=limit)
    assert [placed.before for placed in outcome.placed] == list(range(1, len(outcome.placed) + 1))
    assert all(placed.rule is None for placed in outcome.placed)
