"""The rule while it is being edited: flat form fields ↔ a tree of plain values ↔ rule JSON.

A draft may be incomplete or wrong in any way; only turning it into nodes says what is wrong. Names
of fields are paths: ``r`` is the root group, ``r.0.2`` the third part of its first part.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from profiles.data import Field
from segments.rules.comparison import (
    DAYS,
    LISTS,
    MAX_CHOICES,
    NO_VALUE,
    OPERATORS,
    Operator,
)
from segments.rules.nodes import MAX_DEPTH, MAX_FILTERS, PROPERTY, Measure

Draft = dict[str, Any]
MAX_PARTS = 60
ATTRIBUTE: Draft = {
    "kind": "attribute", "attribute": "behavioural.orders", "op": "gte", "value": "1", "value2": "",
    "was": "",
}  # fmt: skip
"""``was`` is the attribute the page was drawn with. A new condition holds for somebody, so that the
count answers at once."""
EVENT: Draft = {
    "kind": "event", "event": "purchase", "event_name": "", "has": "yes", "measure": "count",
    "op": "gte", "value": "1", "value2": "", "window": "days", "days": "30", "from": "", "to": "",
    "where": [],
}  # fmt: skip
SEGMENT: Draft = {"kind": "segment", "segment": "", "in": "yes"}
GROUP: Draft = {"kind": "group", "join": "all", "parts": []}
WHERE: Draft = {"field": "category", "property": "", "op": "equals", "value": "", "value2": ""}
NEW: dict[str, Draft] = {
    "attribute": ATTRIBUTE,
    "event": EVENT,
    "segment": SEGMENT,
    "group": GROUP | {"parts": [ATTRIBUTE]},
}
NUMERIC = {"lt", "lte", "gt", "gte", "between"}


def fresh(kind: str) -> Draft:
    """A new part of a kind."""
    return deepcopy(NEW[kind])


def empty() -> Draft:
    """A rule without any condition."""
    return deepcopy(GROUP)


def from_form(posted: Mapping[str, str], path: str = "r", depth: int = 1) -> Draft:
    """The draft as it was sent. What is missing gets its first value; what is too deep is cut."""
    kind = "group" if path == "r" else posted.get(f"{path}.kind", "attribute")
    if kind == "group":
        parts: list[Draft] = []
        while depth <= MAX_DEPTH and f"{path}.{len(parts)}.kind" in posted:
            if len(parts) >= MAX_PARTS:
                break
            parts.append(from_form(posted, f"{path}.{len(parts)}", depth + 1))
        return {"kind": "group", "join": posted.get(f"{path}.join", "all"), "parts": parts}
    blank = fresh(kind if kind in NEW else "attribute")
    if blank["kind"] == "attribute":
        blank["value"] = ""  # not drawn, so not sent, where a comparison takes none
    draft = {
        key: posted.get(f"{path}.{key}", default) if isinstance(default, str) else default
        for key, default in blank.items()
    }
    if draft["kind"] == "event":
        draft["where"] = _where_from_form(posted, path)
    return draft


def _where_from_form(posted: Mapping[str, str], path: str) -> list[Draft]:
    found: list[Draft] = []
    while f"{path}.where.{len(found)}.field" in posted and len(found) < MAX_FILTERS:
        place = f"{path}.where.{len(found)}"
        found.append({key: posted.get(f"{place}.{key}", text) for key, text in WHERE.items()})
    return found


def settle(draft: Draft, fields: Mapping[str, Field]) -> Draft:
    """Choose an operator that fits where the chosen attribute or measure does not know this one."""
    if draft["kind"] == "group":
        for part in draft["parts"]:
            settle(part, fields)
    elif draft["kind"] == "attribute":
        if draft["attribute"] not in fields:
            draft["attribute"] = next(iter(fields), "")
        if draft["attribute"] in fields:
            _forget_other_kind(draft, fields)
            _fit(draft, OPERATORS[fields[draft["attribute"]].kind])
    elif draft["kind"] == "event":
        last = draft["measure"] == Measure.LAST
        _fit(draft, OPERATORS["datetime" if last else "number"][:-2])
        for part in draft["where"]:
            _fit(part, where_operators(part["field"]))
    return draft


def _forget_other_kind(draft: Draft, fields: Mapping[str, Field]) -> None:
    """A value typed for a number says nothing about a text that was chosen in its place."""
    was = fields.get(draft["was"])
    if was is not None and was.kind != fields[draft["attribute"]].kind:
        draft["value"] = draft["value2"] = ""


def where_operators(field: str) -> tuple[Operator, ...]:
    """What a filter of this field may ask."""
    if field == "revenue":
        return OPERATORS["number"]
    if field == "property":
        numeric = tuple(op for op in OPERATORS["number"] if op.value in NUMERIC)
        return OPERATORS["text"] + numeric
    return OPERATORS["text"][:-2]


def _fit(draft: Draft, operators: tuple[Operator, ...]) -> None:
    if draft["op"] not in {str(operator) for operator in operators}:
        draft["op"] = str(operators[0])


def to_rule(draft: Draft, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The draft as rule JSON, right or wrong."""
    if draft["kind"] == "group":
        parts = [to_rule(part, fields) for part in draft["parts"]]
        if draft["join"] == "none":
            return {"not": {"any": parts}}
        return {"any" if draft["join"] == "any" else "all": parts}
    if draft["kind"] == "segment":
        return {"segment": draft["segment"], "in": draft["in"] != "no"}
    if draft["kind"] == "attribute":
        field = fields.get(draft["attribute"])
        kind = field.kind if field else "text"
        return {"attribute": draft["attribute"], **_test(draft, kind)}
    return _event_rule(draft)


def _event_rule(draft: Draft) -> dict[str, Any]:
    named = draft["event"] == "name"
    rule: dict[str, Any] = {
        "event_name" if named else "event": draft["event_name" if named else "event"]
    }
    rule |= {"has": draft["has"] != "no", "measure": draft["measure"]}
    rule |= _test(draft, "datetime" if draft["measure"] == Measure.LAST else "number")
    if draft["window"] == "days":
        text = draft["days"].strip()
        rule["within"] = {"days": int(text) if re.fullmatch("[0-9]{1,5}", text) else 0}
    elif draft["window"] == "dates":
        rule["within"] = {"from": draft["from"], "to": draft["to"]}
    if draft["where"]:
        rule["where"] = [_where_rule(part) for part in draft["where"]]
    return rule


def _where_rule(part: Draft) -> dict[str, Any]:
    by_property = part["field"] == "property"
    field = PROPERTY + part["property"] if by_property else part["field"]
    number = part["field"] == "revenue" or (by_property and part["op"] in NUMERIC)
    return {"field": field, **_test(part, "number" if number else "text")}


def _test(draft: Draft, kind: str) -> dict[str, Any]:
    operator, value = draft["op"], draft["value"].strip()
    if operator in NO_VALUE:
        return {"op": operator}
    if operator == Operator.BETWEEN:
        return {"op": operator, "value": [value, draft["value2"].strip()]}
    if operator == Operator.WITHIN:
        return {"op": operator, "value": [part.strip() for part in value.split(">")]}
    if operator in LISTS:
        parts = [part.strip() for part in value.split(",")]
        return {"op": operator, "value": [part for part in parts if part][: MAX_CHOICES + 1]}
    if kind == "boolean":
        return {"op": operator, "value": value != "no"}
    return {"op": operator, "value": value}


def from_rule(rule: Mapping[str, Any], fields: Mapping[str, Field]) -> Draft:
    """A stored rule as a draft whose root is a group."""
    draft = _from_rule(rule, fields)
    return draft if draft["kind"] == "group" else GROUP | {"parts": [draft]}


def _from_rule(rule: Mapping[str, Any], fields: Mapping[str, Field]) -> Draft:
    for join in ("all", "any"):
        if join in rule:
            parts = [_from_rule(part, fields) for part in rule[join]]
            return {"kind": "group", "join": join, "parts": parts}
    if "not" in rule:
        inner = rule["not"]
        parts = inner.get("any", [inner])
        return {
            "kind": "group",
            "join": "none",
            "parts": [_from_rule(part, fields) for part in parts],
        }
    if "segment" in rule:
        return SEGMENT | {"segment": rule["segment"], "in": _yes(rule.get("in", True))}
    if "attribute" in rule:
        return ATTRIBUTE | {"attribute": rule["attribute"], **_shown_test(rule)}
    return _from_event(rule)


def _from_event(rule: Mapping[str, Any]) -> Draft:
    window = rule.get("within") or {}
    dates = {key: str(window.get(key, ""))[:10] for key in ("from", "to")}
    named = "event_name" in rule
    return {
        **fresh("event"),
        "event": "name" if named else rule["event"],
        "event_name": rule.get("event_name", ""),
        "has": _yes(rule.get("has", True)),
        "measure": rule.get("measure", "count"),
        **_shown_test({"op": "gte", "value": 1} | dict(rule)),
        "window": "days" if "days" in window else "dates" if window else "all",
        "days": str(window.get("days", 30)),
        **dates,
        "where": [_from_where(part) for part in rule.get("where", [])],
    }


def _from_where(part: Mapping[str, Any]) -> Draft:
    by_property = part["field"].startswith(PROPERTY)
    return {
        "field": "property" if by_property else part["field"],
        "property": part["field"].removeprefix(PROPERTY) if by_property else "",
        **_shown_test(part),
    }


def _shown_test(rule: Mapping[str, Any]) -> Draft:
    operator, value = rule["op"], rule.get("value")
    if operator == Operator.BETWEEN:
        first, last = value if isinstance(value, list) else ("", "")
        return {"op": operator, "value": _text(first), "value2": _text(last)}
    if operator == Operator.WITHIN and isinstance(value, list):
        return {"op": operator, "value": " > ".join(value), "value2": ""}
    if isinstance(value, list):
        return {"op": operator, "value": ", ".join(value), "value2": ""}
    return {"op": operator, "value": _text(value), "value2": ""}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _yes(value)
    text = "" if value is None else str(value)
    return text[:10] if re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00\+00:00", text) else text


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def place_of(path: str) -> str:
    """Where a fault's path (``rule.all[2].value``) stands in the form: ``r.2``."""
    indexes = re.findall(r"\.(?:all|any|where)\[(\d+)\]", path)
    where = ".where[" in path
    if where:
        return ".".join(["r", *indexes[:-1], "where", indexes[-1]])
    return ".".join(["r", *indexes])


def is_days(operator: str) -> bool:
    """Whether an operator takes a number of days."""
    return operator in DAYS


def at(draft: Draft, path: str) -> Draft | None:
    """The part at a path, or None."""
    for step in path.split(".")[1:]:
        if draft["kind"] != "group" or not step.isdigit() or int(step) >= len(draft["parts"]):
            return None
        draft = draft["parts"][int(step)]
    return draft


def act(draft: Draft, command: str) -> str:
    """Carry out a button's command (``add:r.0:event``, ``del:r.1``, ``up:``, ``down:``, ``copy:``,
    ``where:``, ``unwhere:r.1:0``) on the draft; returns the path that gets the focus."""
    verb, _, rest = command.partition(":")
    path, _, more = rest.partition(":")
    target = at(draft, path)
    if target is None:
        return ""
    if verb == "add" and more in NEW and target["kind"] == "group":
        target["parts"].append(fresh(more))
        return f"{path}.{len(target['parts']) - 1}"
    if verb == "where" and target["kind"] == "event":
        target["where"].append(dict(WHERE))
        return f"{path}.where.{len(target['where']) - 1}"
    if verb == "unwhere" and more.isdigit() and target["kind"] == "event":
        del target["where"][int(more) : int(more) + 1]
        return path
    return _move(draft, verb, path)


def _move(draft: Draft, verb: str, path: str) -> str:
    parent_path, _, last = path.rpartition(".")
    parent = at(draft, parent_path) if parent_path else None
    if parent is None:
        return ""
    parts, index = parent["parts"], int(last)
    if verb == "del":
        del parts[index]
        return f"{parent_path}.{min(index, len(parts) - 1)}" if parts else parent_path
    if verb == "copy":
        parts.insert(index + 1, deepcopy(parts[index]))
        return f"{parent_path}.{index + 1}"
    other = index + {"up": -1, "down": 1}.get(verb, 0)
    if verb in {"up", "down"} and 0 <= other < len(parts):
        parts[index], parts[other] = parts[other], parts[index]
        return f"{parent_path}.{other}"
    return path
