"""How complete people's profiles are: by module, by attribute, over time, and who lacks what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from profiles.admin import listing
from profiles.attributes.models import Definition
from profiles.data import Module
from profiles.identity.models import Profile
from profiles.quality import completeness
from profiles.quality.models import Snapshot

TARGET = 0.8
ADVICE = {
    Module.CORE: "Ask for it in a form, or map a field of an import to it.",
    Module.BEHAVIOURAL: "It fills by itself from a person's first events and orders.",
    Module.CONTEXTUAL: "Send the context with each event, as Segment's libraries do.",
    Module.INFERRED: "It comes with the next night's clusters and models.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute in the table, with what was different on the first day of the picture."""

    filled: completeness.Filled
    change: float | None
    advice: str

    @property
    def missing(self) -> int:
        """How many people lack it."""
        return self.filled.total - self.filled.filled


class Page(forms.Form):
    """From which person on the list of those missing an attribute goes."""

    after = forms.UUIDField(required=False)


def overview(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The page. ``POST`` counts anew."""
    if request.method == "POST":
        completeness.snapshot()
        messages.success(request, "Counted.")
        return redirect("admin:profiles_completeness")
    days = _days()
    filled = _on(days[-1]) if days else completeness.by_attribute()
    return render(
        request,
        "admin/profiles/completeness.html",
        context
        | {
            "title": "Completeness",
            "counted": days[-1] if days else None,
            "total": filled[0].total if filled else 0,
            "modules": _modules(filled),
            "lines": _lines(filled, days),
            "target": TARGET,
            "days": days,
            "series": _series(days),
        },
    )


def lacking(request: HttpRequest, attribute: str, context: dict[str, Any]) -> HttpResponse:
    """The people without a value for one attribute."""
    definition = Definition.objects.filter(pk=attribute).first()
    if definition is None:
        raise Http404("There is no such attribute.")
    page = Page(request.GET)
    page.is_valid()
    ids = completeness.missing(
        attribute, limit=listing.PAGE + 1, after=page.cleaned_data.get("after")
    )
    people = Profile.objects.in_bulk(ids[: listing.PAGE])
    return render(
        request,
        "admin/profiles/lacking.html",
        context
        | {
            "title": f"Without {definition.title}",
            "definition": definition,
            "advice": ADVICE[Module(definition.module)],
            "rows": listing.rows([people[one] for one in ids[: listing.PAGE] if one in people]),
            "after": _next(ids),
        },
    )


def _next(ids: Sequence[UUID]) -> UUID | None:
    return ids[listing.PAGE - 1] if len(ids) > listing.PAGE else None


def _days() -> list[date]:
    return list(Snapshot.objects.order_by("day").values_list("day", flat=True).distinct())[-90:]


def _on(day: date) -> list[completeness.Filled]:
    titles = dict(Definition.objects.values_list("slug", "title"))
    return [
        completeness.Filled(
            one.attribute,
            titles.get(one.attribute, one.attribute),
            Module(one.module),
            one.filled,
            one.total,
        )
        for one in Snapshot.objects.filter(day=day)
    ]


def _modules(filled: Sequence[completeness.Filled]) -> dict[Module, float]:
    """In the order of the picture's colours."""
    shares = completeness.by_module(filled)
    return {module: shares[module] for module in Module if module in shares}


def _lines(filled: Sequence[completeness.Filled], days: Sequence[date]) -> list[Line]:
    before = {one.attribute: one.share for one in _on(days[0])} if len(days) > 1 else {}
    order = list(Module)
    lines = [
        Line(
            one,
            one.share - before[one.attribute] if one.attribute in before else None,
            ADVICE[one.module] if one.share < TARGET else "",
        )
        for one in filled
    ]
    return sorted(lines, key=lambda line: (order.index(line.filled.module), -line.filled.share))


def _series(days: Sequence[date]) -> dict[str, list[float]]:
    """By module's title, the mean share of each of ``days``."""
    found: dict[str, list[float]] = {}
    for module in Module:
        told = dict(completeness.over_time(module))
        if told:
            found[module.value.title()] = [told.get(day, 0.0) for day in days]
    return found
