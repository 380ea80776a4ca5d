"""Which segments rest on which: no cycles, and an order in which each comes after its own. Pure."""

from collections.abc import Iterable, Mapping

from segments.rules.comparison import RuleFault
from segments.rules.nodes import MemberOf, Node, leaves


def named(rule: Node) -> frozenset[str]:
    """The slugs of the segments a rule asks about."""
    return frozenset(leaf.segment for leaf in leaves(rule) if isinstance(leaf, MemberOf))


def check_no_cycle(slug: str, needs: Mapping[str, Iterable[str]]) -> None:
    """Raise where ``slug`` would rest on itself. ``needs`` holds what each segment asks about."""
    trail: list[str] = []
    done: set[str] = set()

    def visit(current: str) -> None:
        if current == slug and trail:
            way = " → ".join([*trail, slug])
            raise RuleFault("cycle", f"This segment would rest on itself: {way}.", "rule")
        if current in done:
            return
        done.add(current)
        trail.append(current)
        for other in sorted(needs.get(current, ())):
            visit(other)
        trail.pop()

    visit(slug)


def in_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Slugs so that each comes after those it asks about; equal ones by name, so that every process
    has the same order. A cycle (which saving refuses) does not hang: its members come last."""
    order: list[str] = []
    waiting = {slug: set(others) & set(needs) for slug, others in needs.items()}
    while waiting:
        ready = sorted(slug for slug, others in waiting.items() if not others)
        if not ready:
            return order + sorted(waiting)
        order += ready
        for slug in ready:
            del waiting[slug]
        for others in waiting.values():
            others.difference_update(ready)
    return order
