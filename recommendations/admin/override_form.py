"""The form of a rule, and the questions of its preview."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms

from recommendations.admin.picker import Products
from recommendations.catalog.writing import path_of
from recommendations.overrides.models import Override
from segments import api as segments

INPUT = {"class": "cc-input"}


class Lines(forms.CharField):
    """Several texts, one a line or with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value) or ""
        parts = [part.strip() for line in text.splitlines() for part in line.split(",")]
        return list(dict.fromkeys(part for part in parts if part))


class CategoryPath(forms.CharField):
    """``Home > Kitchen``."""

    def prepare_value(self, value: Any) -> Any:
        return " > ".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        return path_of(super().clean(value) or "")


class Several(forms.TextInput):
    """Ticked boxes and a free text of one name, read as one text."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """All values of the name, with commas between them."""
        return ",".join(data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""])


class Moment(forms.DateTimeField):
    """A day and time, UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", **INPUT}, format="%Y-%m-%dT%H:%M")


class OverrideForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the marketer fills in. The preview reads the same form, so what is shown is what will be
    saved."""

    item_ids = Products(label="Products", required=False)
    category = CategoryPath(
        required=False,
        widget=forms.TextInput(attrs=INPUT),
        help_text="As a path: Home > Kitchen. Everything below it is meant too.",
    )
    placements = Lines(required=False, widget=Several())
    starts_at = Moment(label="From (UTC)", required=False, help_text="Empty: at once.")
    ends_at = Moment(label="Until (UTC)", required=False, help_text="Empty: without end.")

    class Meta:
        model = Override
        fields = [
            "name",
            "kind",
            "item_ids",
            "category",
            "brand",
            "tag",
            "position",
            "factor",
            "placements",
            "segment",
            "starts_at",
            "ends_at",
            "priority",
            "enabled",
        ]
        labels = {
            "kind": "What happens",
            "position": "Place",
            "factor": "Strength",
            "enabled": "Switched on",
        }
        help_texts = {
            "position": "1 is the first place; several products take the places after it.",
            "factor": "Above 1 shows higher, such as 1.5; below 1 shows lower, as 0.5.",
            "segment": "People in a segment are reached where they allow suggestions.",
            "priority": "Of two rules about one product the one with the higher number holds.",
        }
        widgets = {
            "name": forms.TextInput(attrs=INPUT),
            "kind": forms.Select(attrs=INPUT),
            "brand": forms.TextInput(attrs=INPUT),
            "tag": forms.TextInput(attrs=INPUT),
            "position": forms.NumberInput(attrs={"min": 1, "max": 50, **INPUT}),
            "factor": forms.NumberInput(attrs={"step": "0.1", "min": "0.01", **INPUT}),
            "segment": forms.Select(attrs=INPUT),
            "priority": forms.NumberInput(attrs=INPUT),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].empty_label = "Everyone"  # type: ignore[attr-defined]
        self.fields["kind"].choices = Override.Kind.choices  # type: ignore[attr-defined]
        self.initial["kind"] = self.instance.kind or Override.Kind.PIN
        for name in ("position", "factor"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """A rule must speak about something, in a way that fits its kind."""
        given = super().clean() or self.cleaned_data
        kind = given.get("kind")
        self._drop_what_does_not_fit(given, kind)
        if kind == Override.Kind.PIN and not given.get("item_ids"):
            self.add_error("item_ids", "Name the products to show first.")
        named = [given.get(name) for name in ("item_ids", "category", "brand", "tag")]
        if kind != Override.Kind.PIN and not any(named):
            self.add_error(None, "Name products, a category, a brand or a tag.")
        self._check_factor(kind, given.get("factor"))
        starts, ends = given.get("starts_at"), given.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", "The end must be later than the start.")
        return given

    def _drop_what_does_not_fit(self, given: dict[str, Any], kind: str | None) -> None:
        """The page hides what a kind has no use for; what was typed there before counts no more."""
        if kind == Override.Kind.PIN:
            given |= {"category": [], "brand": "", "tag": ""}
        if kind != Override.Kind.PIN or given.get("position") is None:
            given["position"] = 1
        if kind not in {Override.Kind.BOOST, Override.Kind.BURY} and "factor" not in self.errors:
            given["factor"] = 1.0

    def _check_factor(self, kind: str | None, factor: float | None) -> None:
        if factor is None or not (0 < factor <= 100):
            self.add_error("factor", "Send a number above 0 and up to 100.")
        elif kind == Override.Kind.BOOST and factor <= 1:
            self.add_error("factor", "To show higher, choose a number above 1.")
        elif kind == Override.Kind.BURY and factor >= 1:
            self.add_error("factor", "To show lower, choose a number below 1.")


class PreviewForm(forms.Form):
    """Whose list, where and when."""

    person = forms.UUIDField(
        required=False,
        label="Person",
        help_text="The id from the person's page. Empty: the segment below, or a stranger.",
        widget=forms.TextInput(attrs=INPUT),
    )
    in_segment = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        label="Or a member of",
        widget=forms.Select(attrs=INPUT),
    )
    placement = forms.CharField(
        required=False, initial="homepage", max_length=60, widget=forms.Select(attrs=INPUT)
    )
    on = Moment(required=False, label="On (UTC)", help_text="Empty: now.")

    def __init__(self, posted: Any, places: list[str]) -> None:
        super().__init__(posted)
        self.fields["placement"].widget.choices = [(place, place) for place in places]
        choices = [("", "A stranger")]
        choices += [(str(each.segment_id), each.name) for each in segments.summaries()]
        self.fields["in_segment"].choices = choices  # type: ignore[attr-defined]

    def asked(self) -> tuple[UUID | None, int | None, str, datetime | None]:
        """Person, segment, placement and moment."""
        given = self.cleaned_data
        return given["person"], given["in_segment"], given["placement"] or "homepage", given["on"]


SHIPPED = ("homepage", "product", "cart", "category")
"""The placements of the demo shop: offered before any rule names its own."""


def places(chosen: list[str]) -> list[str]:
    """The placements to choose from: the usual ones, those of other rules, those chosen now."""
    named = Override.objects.values_list("placements", flat=True)
    known = sorted({place for each in named for place in each})
    return list(dict.fromkeys([*SHIPPED, *known, *chosen]))
