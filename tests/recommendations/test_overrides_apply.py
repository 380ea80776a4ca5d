"""Overrides on known rankings."""

from recommendations.overrides.apply import Candidate, Outcome, Rule, apply

POOL = [Candidate(f"i{n}", 1.0 - n / 10, ("home",), "acme" if n % 2 else "zen") for n in range(6)]


def shown(outcome: Outcome) -> list[str]:
    return [placed.item_id for placed in outcome.placed]


def test_pin__position_two__stands_there_and_says_where_it_was() -> None:
    rule = Rule(1, "Spring", "pin", item_ids=("i5",), position=2)
    outcome = apply(POOL, [rule], limit=4)
    assert shown(outcome) == ["i0", "i5", "i1", "i2"]
    assert outcome.placed[1].before == 6
    assert outcome.placed[1].rule == rule


def test_pin__item_beyond_the_candidates__is_brought_in() -> None:
    rule = Rule(1, "Spring", "pin", item_ids=("new",))
    outcome = apply(POOL, [rule], limit=3, pinnable={"new": Candidate("new", 0.0)})
    assert shown(outcome) == ["new", "i0", "i1"]
    assert outcome.placed[0].before is None


def test_pin__same_place_wanted_twice__higher_priority_holds_it() -> None:
    low = Rule(1, "Low", "pin", item_ids=("i4",), position=1)
    high = Rule(2, "High", "pin", item_ids=("i5",), position=1, priority=5)
    assert shown(apply(POOL, [low, high], limit=3)) == ["i5", "i4", "i0"]


def test_pin__same_place_and_priority__lower_id_holds_it() -> None:
    first = Rule(1, "First", "pin", item_ids=("i4",))
    second = Rule(2, "Second", "pin", item_ids=("i5",))
    assert shown(apply(POOL, [second, first], limit=2)) == ["i4", "i5"]


def test_pin__out_of_stock__is_left_out_and_reported() -> None:
    rule = Rule(1, "Spring", "pin", item_ids=("gone",))
    outcome = apply(POOL, [rule], limit=2, forbidden={"gone": "out of stock"})
    assert shown(outcome) == ["i0", "i1"]
    assert [(each.item_id, each.why) for each in outcome.blocked] == [("gone", "out of stock")]


def test_exclude__beats_pin__and_says_so() -> None:
    pin = Rule(1, "Spring", "pin", item_ids=("i3",), priority=9)
    hide = Rule(2, "Recall", "exclude", item_ids=("i3",))
    outcome = apply(POOL, [pin, hide], limit=6)
    assert "i3" not in shown(outcome)
    assert outcome.blocked[0].why == "hidden by Recall"
    assert outcome.removed["i3"] == hide


def test_boost__brand__rises_by_its_factor() -> None:
    rule = Rule(1, "Acme week", "boost", brand="acme", factor=2.0)
    outcome = apply(POOL, [rule], limit=6)
    assert shown(outcome) == ["i1", "i3", "i0", "i5", "i2", "i4"]
    assert outcome.placed[0].score == 1.8


def test_bury_and_boost__same_item__stronger_rule_alone_counts() -> None:
    bury = Rule(1, "Clear", "bury", item_ids=("i0",), factor=0.1)
    boost = Rule(2, "Push", "boost", item_ids=("i0",), factor=9.0, priority=1)
    outcome = apply(POOL, [bury, boost], limit=1)
    assert outcome.placed[0].item_id == "i0"
    assert outcome.placed[0].rule == boost


def test_category__parent__covers_everything_below() -> None:
    pool = [Candidate("pan", 0.9, ("home", "kitchen")), Candidate("rake", 0.5, ("garden",))]
    rule = Rule(1, "Not home", "exclude", category=("home",))
    assert shown(apply(pool, [rule], limit=5)) == ["rake"]
