"""The page that builds a rule: read the form, act, count, draw. Complete without JavaScript; with
htmx only the parts that change are drawn anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from cdp.lib.errors import Problem
from consent import api as consent
from profiles import api as profiles
from profiles.data import Field
from segments.admin import draft as drafts
from segments.admin import starts
from segments.admin.draft import Draft
from segments.models import Segment
from segments.rules import people, versions
from segments.rules.comparison import NO_VALUE, OPERATORS, Operator
from segments.rules.nodes import MAX_CONDITIONS, MAX_DEPTH, MAX_FILTERS, Node
from segments.rules.preview import Preview, preview
from segments.rules.sentence import sentence

COMMON, HINTED = 30, 8
"""Fewer common values than the first are offered to choose from; else so many are named."""


@dataclass(slots=True)
class Page:
    """What the builder shows: what was typed, what is wrong with it, and what it would find."""

    segment: Segment | None
    name: str
    description: str
    purpose: str
    draft: Draft
    fields: Mapping[str, Field]
    focus: str = ""
    node: Node | None = None
    found: Preview | None = None
    faults: list[dict[str, str]] = field(default_factory=list)

    @property
    def rule(self) -> dict[str, Any]:
        """The rule as JSON."""
        return drafts.to_rule(self.draft, self.fields)

    def look(self) -> None:
        """Read the rule and count it; what is wrong goes into ``faults``."""
        try:
            self.node = versions.read(self.rule, self.segment.slug if self.segment else "")
            self.found = preview(self.node, self.purpose)
        except Problem as problem:
            self.faults = problem.errors or [
                {"field": "", "code": problem.code, "message": problem.message}
            ]

    def context(self) -> dict[str, Any]:
        """Names for the templates."""
        others = Segment.objects.filter(state=Segment.State.LIVE)
        if self.segment:
            others = others.exclude(pk=self.segment.pk)
        shapes = _Shapes(self, [(other.slug, other.name) for other in others])
        said = sentence(self.node, self.fields, people.names()) if self.node else ""
        return {
            "page": self,
            "root": shapes.shape(self.draft, "r", 1, 1),
            "sentence": said,
            "purposes": [(p.slug, p.title) for p in consent.purposes().values()],
            "sample": masked(self.found.sample) if self.found else [],
            "limits": {"depth": MAX_DEPTH, "conditions": MAX_CONDITIONS},
            "starts": [(key, name) for key, (name, _) in starts.STARTS.items()],
        }


def masked(profile_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """People with their masked names, as on the list of people."""
    named = profiles.labels(profile_ids)
    return [(each, named.get(each) or f"{str(each)[:8]}…") for each in profile_ids]


def opened(request: HttpRequest, segment: Segment | None) -> Page:
    """The page as it is first shown: a new rule, one to start from, or a version that is there."""
    fields = profiles.surface().fields
    name, rule = starts.STARTS.get(request.GET.get("start", ""), ("", None))
    if segment:
        wanted = request.GET.get("version", "")
        chosen = segment.versions.filter(number=int(wanted)) if wanted.isdecimal() else None
        version = (chosen.first() if chosen else None) or segment.versions.first()
        rule = version.rule if version else None
    tree = drafts.from_rule(rule, fields) if rule else drafts.empty()
    return Page(
        segment=segment,
        name=segment.name if segment else name,
        description=segment.description if segment else "",
        purpose=segment.purpose if segment else "marketing",
        draft=drafts.settle(tree, fields),
        fields=fields,
    )


def sent(request: HttpRequest, segment: Segment | None) -> Page:
    """The page as it was typed, after the button's command."""
    fields = profiles.surface().fields
    posted = request.POST
    tree = drafts.from_form({key: str(posted[key]) for key in posted})
    focus = drafts.act(tree, posted.get("do", ""))
    return Page(
        segment=segment,
        name=posted.get("name", ""),
        description=posted.get("description", ""),
        purpose=posted.get("purpose", "marketing"),
        draft=drafts.settle(tree, fields),
        fields=fields,
        focus=focus,
    )


class _Shapes:
    """Drafts with everything a template needs to draw them: ids, labels, choices, faults."""

    def __init__(self, page: Page, others: list[tuple[str, str]]) -> None:
        self.page, self.others = page, others
        self.attributes = starts.attribute_groups(page.fields)
        self.faults: dict[str, list[str]] = {}
        for fault in page.faults:
            place = drafts.place_of(fault["field"])
            self.faults.setdefault(place, []).append(fault["message"])

    def shape(self, draft: Draft, path: str, number: int, count: int) -> dict[str, Any]:
        """One part of the rule."""
        trail = path.removeprefix("r").replace(".", "-").strip("-")
        label = "-".join(str(int(step) + 1) for step in trail.split("-")) if trail else ""
        base = {
            **{key: draft[key] for key in draft if key not in {"parts", "where"}},
            "path": path,
            "id": path.replace(".", "-"),
            "label": f"{'Group' if draft['kind'] == 'group' else 'Condition'} {label}".strip(),
            "root": path == "r",
            "first": number == 1,
            "last": number == count,
            "focus": self.page.focus == path,
            "faults": self.faults.get(path, []),
        }
        own = {
            "group": self._group,
            "attribute": self._attribute,
            "event": self._event,
            "segment": self._segment,
        }
        return base | own[draft["kind"]](draft, path)

    def _group(self, draft: Draft, path: str) -> dict[str, Any]:
        total = len(draft["parts"])
        parts = [
            self.shape(part, f"{path}.{index}", index + 1, total)
            for index, part in enumerate(draft["parts"])
        ]
        deeper = path.count(".") + 2 <= MAX_DEPTH
        return {"parts": parts, "joins": starts.JOINS, "deeper": deeper}

    def _attribute(self, draft: Draft, path: str) -> dict[str, Any]:
        chosen = self.page.fields.get(draft["attribute"])
        kind = chosen.kind if chosen else "text"
        values = [(value, value) for value in chosen.choices] if chosen else []
        common = profiles.common_values(chosen.name, limit=COMMON) if chosen else []
        if kind == "boolean":
            values = [("yes", "yes"), ("no", "no")]
        elif kind == "text" and not values and len(common) < COMMON:
            values = [(value, f"{value} ({people:,})") for value, people in common]
        one_of_few = values and draft["op"] in {Operator.EQUALS, Operator.NOT_EQUALS}
        if one_of_few and draft["value"] not in dict(values):
            values.insert(0, (draft["value"], draft["value"] or "Choose a value"))
        return {
            "attributes": self.attributes,
            "operators": starts.operators(OPERATORS[kind]),
            "choices": values if one_of_few else [],
            "common": [] if one_of_few else [value for value, _ in common[:HINTED]],
            **_inputs(draft, kind),
        }

    def _event(self, draft: Draft, path: str) -> dict[str, Any]:
        last = draft["measure"] == "last_time"
        where = [
            {
                **part,
                "path": f"{path}.where.{index}",
                "id": f"{path}.where.{index}".replace(".", "-"),
                "number": index,
                "focus": self.page.focus == f"{path}.where.{index}",
                "faults": self.faults.get(f"{path}.where.{index}", []),
                "fields": starts.WHERE_FIELDS,
                "operators": starts.operators(drafts.where_operators(part["field"])),
                **_inputs(part, "number" if part["field"] == "revenue" else "text"),
            }
            for index, part in enumerate(draft["where"])
        ]
        return {
            "where": where,
            "more_filters": len(where) < MAX_FILTERS,
            "events": starts.EVENTS,
            "has_choices": starts.HAS,
            "measures": starts.MEASURES,
            "operators": starts.operators(OPERATORS["datetime" if last else "number"][:-2]),
            "windows": starts.WINDOWS,
            **_inputs(draft, "datetime" if last else "number"),
        }

    def _segment(self, draft: Draft, path: str) -> dict[str, Any]:
        return {"others": self.others, "in_choices": starts.IN, "inside": draft["in"]}


def _inputs(draft: Draft, kind: str) -> dict[str, Any]:
    """Which value fields an operator takes, and of which sort."""
    operator = draft["op"]
    sort = "date" if kind == "datetime" and not drafts.is_days(operator) else "text"
    return {
        "takes_value": operator not in NO_VALUE,
        "takes_two": operator == Operator.BETWEEN,
        "input": sort,
        "digits": kind == "number" or drafts.is_days(operator),
    }
