"""A rule as a sentence that a marketer would say. Pure."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from profiles.data import Field
from segments.rules import nodes
from segments.rules.comparison import Comparison, Operator
from segments.rules.nodes import AttributeTest, EventTest, Measure, MemberOf, Node, Window

DID = {
    "purchase": "placed an order",
    "view": "viewed a product",
    "add": "added to the cart",
    "remove": "removed from the cart",
    "checkout": "started checkout",
    "refund": "had a refund",
    "search": "searched",
    "wishlist": "added to a wish list",
    "review": "wrote a review",
    "coupon": "used a coupon",
    "promotion": "saw or clicked a promotion",
    "page": "opened a page",
    "screen": "opened a screen",
    "identify": "said who they are",
    "alias": "were linked to an earlier visit",
    "group": "joined a group",
    "custom": "did something of the shop's own",
}
"""What a person did, by kind of event."""

SAID = {
    Operator.EQUALS: "is {}",
    Operator.NOT_EQUALS: "is not {}",
    Operator.ANY_OF: "is one of {}",
    Operator.CONTAINS: "contains {}",
    Operator.STARTS_WITH: "starts with {}",
    Operator.LESS: "is below {}",
    Operator.AT_MOST: "is at most {}",
    Operator.MORE: "is above {}",
    Operator.AT_LEAST: "is at least {}",
    Operator.BETWEEN: "is between {}",
    Operator.BEFORE: "is before {}",
    Operator.AFTER: "is after {}",
    Operator.WITHIN_DAYS: "is within the last {} days",
    Operator.OLDER_THAN_DAYS: "is more than {} days ago",
    Operator.WITHIN: "is within {}",
    Operator.HAS_ANY: "has any of {}",
    Operator.HAS_ALL: "has all of {}",
    Operator.HAS_NONE: "has none of {}",
    Operator.EXISTS: "is known",
    Operator.MISSING: "is not known",
}
TIMES = {
    Operator.EQUALS: "exactly {}",
    Operator.NOT_EQUALS: "not exactly {}",
    Operator.LESS: "fewer than {}",
    Operator.AT_MOST: "at most {}",
    Operator.MORE: "more than {}",
    Operator.AT_LEAST: "at least {}",
    Operator.BETWEEN: "between {}",
}
MEASURED = {
    Measure.ITEMS: "different items",
    Measure.REVENUE: "revenue",
    Measure.QUANTITY: "pieces",
    Measure.LAST: "last time",
}


def sentence(
    rule: Node, fields: Mapping[str, Field], names: Mapping[str, str] | None = None
) -> str:
    """The rule in words. ``names`` are segments' names by slug."""
    return f"People {phrase(rule, fields, names or {})}."


def phrase(node: Node, fields: Mapping[str, Field], names: Mapping[str, str]) -> str:
    """One node, to be read after "people"."""
    match node:
        case nodes.All(parts):
            return _joined(parts, "and", fields, names)
        case nodes.Any(parts):
            return _joined(parts, "or", fields, names)
        case nodes.Not(part):
            return f"for whom it is not true that they are people {phrase(part, fields, names)}"
        case MemberOf(segment, inside):
            return f"who are {'' if inside else 'not '}in “{names.get(segment, segment)}”"
        case AttributeTest(name, test):
            title = fields[name].title if name in fields else name
            return f"whose “{title}” {compared(test)}"
        case EventTest():
            return _done(node)


def compared(test: Comparison) -> str:
    """A comparison in words, to be read after the name of what is compared."""
    return SAID[test.operator].format(shown(test.value)).replace(" 1 days", " 1 day")


def shown(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, tuple):
        if value and not isinstance(value[0], str):
            return f"{shown(value[0])} and {shown(value[1])}"
        return ", ".join(shown(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        day = f"{value.day} {value:%B} {value.year}"
        return day if midnight else f"{day} {value:%H:%M} UTC"
    if isinstance(value, (int, float, Decimal)):
        number = Decimal(str(value))
        return (
            f"{int(number):,}"
            if number == number.to_integral_value()
            else f"{number.normalize():,f}"
        )
    return str(value)


def _joined(
    parts: tuple[Node, ...], word: str, fields: Mapping[str, Field], names: Mapping[str, str]
) -> str:
    phrases = [
        f"({phrase(part, fields, names)})"
        if isinstance(part, (nodes.All, nodes.Any, nodes.Not)) and len(parts) > 1
        else phrase(part, fields, names)
        for part in parts
    ]
    return f" {word} ".join(phrases)


def _done(node: EventTest) -> str:
    did = DID.get(node.kind, "") if node.kind else f"did “{node.name}”"
    where = " and ".join(_filtered(part) for part in node.where)
    tail = f"{_when(node.window)}{f' where {where}' if where else ''}"
    if node.measure is Measure.LAST:
        lead = "who" if node.has else "for whom it is not so that they"
        return f"{lead} {did}{tail}, the last time of which {compared(node.test)}"
    if node.measure is Measure.COUNT:
        if node.test == Comparison("number", Operator.AT_LEAST, Decimal(1)):
            return f"who {'' if node.has else 'have not '}{_after_not(did, node.has)}{tail}"
        lead = "who" if node.has else "for whom it is not so that they"
        times = TIMES[node.test.operator].format(shown(node.test.value))
        return f"{lead} {did} {times} time{'' if node.test.value == 1 else 's'}{tail}"
    lead = "who" if node.has else "for whom it is not so that they"
    amount = TIMES[node.test.operator].format(shown(node.test.value))
    return f"{lead} {did}{tail}, with {MEASURED[node.measure]} of {amount} in all"


def _after_not(did: str, has: bool) -> str:
    """ "wrote a review" → "written a review" after "have not"."""
    if has:
        return did
    first, _, rest = did.partition(" ")
    past = {"wrote": "written", "did": "done", "saw": "seen", "were": "been"}.get(first, first)
    return f"{past} {rest}".strip()


def _filtered(part: nodes.Where) -> str:
    name = part.field.removeprefix(nodes.PROPERTY)
    return f"{name} {compared(part.test)}"


def _when(window: Window) -> str:
    if window.days is not None:
        return f" in the last {window.days} days" if window.days > 1 else " in the last day"
    if window.start and window.end:
        return f" from {shown(window.start)} to before {shown(window.end)}"
    return ""
