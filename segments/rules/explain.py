"""Why a person is, or is not, in a segment: the rule's tree with this person's values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from profiles.data import Field
from segments.rules import nodes
from segments.rules.comparison import Operator
from segments.rules.evaluate import Person, coerce, holds, measure
from segments.rules.nodes import AttributeTest, EventTest, Measure, MemberOf, Node
from segments.rules.sentence import phrase, shown

MAX_EVENTS = 20
_NEAR = {Operator.AT_LEAST, Operator.MORE}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One node's outcome. ``actual`` is this person's value in words, ``event_ids`` the newest of
    the events it rests on, ``missing`` how much is lacking ("1 more"). ``deciding`` marks the parts
    without which the outcome of the whole could be another."""

    text: str
    held: bool
    deciding: bool = True
    actual: str = ""
    missing: str = ""
    event_ids: tuple[UUID, ...] = ()
    joined_by: str = ""
    parts: "tuple[Verdict, ...]" = ()


def explain(
    node: Node, person: Person, fields: Mapping[str, Field], names: Mapping[str, str]
) -> Verdict:
    """The tree of verdicts for ``node``."""
    return _Teller(person, fields, names).tell(node, deciding=True)


class _Teller:
    def __init__(
        self, person: Person, fields: Mapping[str, Field], names: Mapping[str, str]
    ) -> None:
        self.person, self.fields, self.names = person, fields, names

    def tell(self, node: Node, *, deciding: bool) -> Verdict:
        held = holds(node, self.person)
        match node:
            case nodes.All(parts) | nodes.Any(parts):
                word = "all" if isinstance(node, nodes.All) else "any"
                return Verdict(
                    "All of these" if word == "all" else "Any of these",
                    held,
                    deciding,
                    joined_by=word,
                    parts=tuple(self.part(part, held, word, deciding) for part in parts),
                )
            case nodes.Not(part):
                inner = self.tell(part, deciding=deciding)
                return Verdict("Not", held, deciding, joined_by="not", parts=(inner,))
            case _:
                return self.leaf(node, held, deciding)

    def part(self, node: Node, outcome: bool, word: str, deciding: bool) -> Verdict:
        """A part decides where the group turned out as the part did: in a failed "all" the failed
        parts, in a true "any" the true ones, else every one."""
        matters = outcome is (word == "all") or holds(node, self.person) is outcome
        return self.tell(node, deciding=deciding and matters)

    def leaf(self, node: Node, held: bool, deciding: bool) -> Verdict:
        text = phrase(node, self.fields, self.names)
        if isinstance(node, AttributeTest):
            value = coerce(node.test, self.person.facts.attributes.get(node.field))
            return Verdict(
                text, held, deciding, _said(value), _lacking(node.test, value) if not held else ""
            )
        if isinstance(node, EventTest):
            found = measure(node, self.person)
            near = "" if held or not node.has else _lacking(node.test, found.value)
            actual = (
                _said(found.value) if node.measure is not Measure.LAST or found.value else "never"
            )
            return Verdict(text, held, deciding, actual, near, found.event_ids[:MAX_EVENTS])
        inside = isinstance(node, MemberOf) and node.segment in self.person.segments
        return Verdict(text, held, deciding, "in it" if inside else "not in it")


def _said(value: Any) -> str:
    return "not known" if value is None else shown(value)


def _lacking(test: Any, value: Any) -> str:
    """How much more it would take, where that can be said as a number."""
    if test.kind != "number" or test.operator not in _NEAR or value is None:
        return ""
    gap = shown(test.value - value)
    return f"{gap} more" if test.operator is Operator.AT_LEAST else f"more than {gap} more"
