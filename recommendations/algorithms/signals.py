"""How strongly an interaction speaks for an item."""

import math


def strength(views: int, carts: int, purchases: int, refunds: int) -> float:
    """Interest in units of one view: a basket counts 3, an order that was kept 5, each with a
    ceiling so that a reload button does not outvote a purchase. Never below 0.5: even a returned
    item was looked at."""
    kept = max(purchases - refunds, 0)
    return max(min(views, 4) + 3.0 * min(carts, 2) + 5.0 * min(kept, 3), 0.5)


def faded(power: float, age_days: float, half_life: float = 30.0) -> float:
    """Interest after ``age_days``, halved every ``half_life`` days."""
    return power * math.exp2(-max(age_days, 0.0) / half_life)
