"""How the console writes moments, amounts and values, and draws its pictures.

Pictures are SVG with presentation attributes and classes only: the content security policy
refuses inline styles. Each stands beside a table with the same numbers, for screen readers.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import UnionType
from typing import Any
from uuid import UUID

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from cdp.lib import clock
from profiles.data import Event

register = template.Library()

IN_FULL = "%d %b %Y, %H:%M"
NOTHING = "\N{EN DASH}"

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 120, 12, 28


@register.filter
def moment(value: datetime | None) -> str | SafeString:
    """An instant in words and in full: "3 days ago", with the date and hour (UTC) beside it."""
    if value is None:
        return "never"
    gone = timesince(value, clock.now(), depth=1)
    words = "just now" if gone.startswith("0") else f"{gone} ago"
    return format_html(
        '<time datetime="{}"><span>{}</span> <span class="cc-quiet">{}</span></time>',
        value.isoformat(),
        words,
        f"{value:{IN_FULL}}",
    )


@register.filter
def shown(value: Any) -> str:
    """Any attribute's value as people read it."""
    if value is None or value in ("", [], ()):
        return NOTHING
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    text = str(value)
    instant = parse_datetime(text) if text[:4].isdigit() and "T" in text else None
    return f"{instant:{IN_FULL}}" if instant else text


@register.filter
def amount(value: Any) -> str:
    """A number with separators and at most two decimals."""
    if value is None:
        return NOTHING
    number = Decimal(str(value))
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.2f}"


_WRITERS: tuple[tuple[type | UnionType, Callable[[Any], str]], ...] = (
    (bool, lambda value: "Yes" if value else "No"),
    (int | float | Decimal, amount),
    (datetime, lambda value: f"{value:{IN_FULL}}"),
    (Mapping, lambda value: ", ".join(f"{key}: {shown(part)}" for key, part in value.items())),
    (list | tuple, lambda value: ", ".join(str(part) for part in value if part) or NOTHING),
)
"""How each type is written, tried in this order: a bool is an int too."""


@register.filter
def percent(value: float | None) -> str:
    """A share of one as a whole percentage; under one percent says so."""
    if value is None:
        return NOTHING
    return "<1 %" if 0 < value < 0.005 else f"{value:.0%}".replace("%", " %")


@register.filter
def event_title(event: Event) -> str:
    """What happened, in words: the sender's own name for it, or what its kind means."""
    return event.name or KINDS.get(event.kind, event.kind.title())


KINDS = {
    "identify": "Told who they are",
    "alias": "Linked to an earlier visit",
    "page": "Page viewed",
    "screen": "Screen viewed",
    "purchase": "Order placed",
    "refund": "Order refunded",
    "view": "Product viewed",
    "add": "Put in the cart",
    "remove": "Taken out of the cart",
}
"""Kinds of events that come without a name."""


@register.filter
def short(value: UUID | str) -> str:
    """The first characters of an id, to recognise it."""
    return str(value)[:8]


@register.filter
def get(table: Mapping[str, Any], key: str) -> Any:
    """The entry of a mapping under a key that is itself a variable."""
    return table.get(key)


@register.filter
def at(values: Sequence[Any], index: int) -> Any:
    """The element of a list at a place that is itself a variable."""
    return values[index]


EMPTY = {
    "consent.request": (
        "Nobody waits for an answer",
        "What people ask for in the privacy centre and confirm by mail stands here, due first.",
    ),
    "consent.ledgerrecord": (
        "Nobody has chosen yet",
        "Each yes and each no becomes a line here, from the shop's banner or the privacy centre.",
    ),
    "consent.apikey": ("No keys yet", "A program needs one to read or write through the API."),
    "profiles.quarantined": ("Nothing in quarantine", "Every message that came in could be read."),
    "profiles.source": (
        "Nothing sends yet",
        "Add a source for each shop, app or server; its write key is shown once.",
    ),
    "segments.segment": (
        "No segments yet",
        "Say in a few conditions who is meant, and see at once how many people that is.",
    ),
    "segments.clusterrun": (
        "No clusters yet",
        "They are looked for each night, among people who bought and permit analytics.",
    ),
    "recommendations.override": (
        "No overrides yet",
        "Show a product first, show some higher or lower, or hide them; see the effect before it "
        "is published.",
    ),
    "recommendations.item": (
        "The catalogue is empty",
        "Import a file of products or send them through the API; products seen in events are "
        "learned by themselves.",
    ),
    "recommendations.run": ("Nothing was trained yet", "Models are trained each night."),
}
"""What an empty list says: what is missing, and where it comes from."""


@register.simple_tag
def nothing_here(label: str) -> tuple[str, str]:
    """The heading and the sentence of an empty list of a model ("app.model")."""
    return EMPTY.get(label, ("Nothing here yet", ""))


@register.simple_tag
def bar(share: float | None, series: int = 1) -> SafeString:
    """A share of one as a bar. The number must stand beside it in text."""
    return format_html(
        '<svg class="cc-bar cc-series-{}" viewBox="0 0 100 10" preserveAspectRatio="none" '
        'aria-hidden="true"><rect width="100" height="10" rx="2"/>'
        '<rect width="{}" height="10" rx="2"/></svg>',
        series,
        round(100 * min(max(share or 0.0, 0.0), 1.0), 1),
    )


@register.simple_tag
def line_chart(
    days: Sequence[date], lines: Mapping[str, Sequence[float]], title: str
) -> SafeString:
    """Shares between 0 and 1 over days, one line a name (at most four), named at their ends."""
    body = format_html_join("", "{}", ((_grid(share),) for share in (0.0, 0.25, 0.5, 0.75, 1.0)))
    ends = _spread([points[-1] if points else 0.0 for points in lines.values()])
    for series, ((name, points), label_y) in enumerate(zip(lines.items(), ends, strict=True), 1):
        body += _line(series, name, points, label_y)
    body += _dates(days)
    return format_html(
        '<svg class="cc-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        body,
    )


def _x(index: int, count: int) -> float:
    span = WIDTH - LEFT - RIGHT
    return round(LEFT + span * (index / (count - 1) if count > 1 else 0.5), 1)


def _y(share: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)


def _grid(share: float) -> SafeString:
    return format_html(
        '<line class="cc-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text x="{}" y="{}" text-anchor="end">{} %</text>',
        LEFT,
        WIDTH - RIGHT,
        _y(share),
        _y(share),
        LEFT - 8,
        _y(share) + 4,
        round(share * 100),
    )


def _line(series: int, name: str, points: Sequence[float], label_y: float) -> SafeString:
    marks = [(_x(index, len(points)), _y(share)) for index, share in enumerate(points)]
    path = "M" + " L".join(f"{x} {y}" for x, y in marks)
    x, y = marks[-1] if marks else (LEFT, TOP)
    return format_html(
        '<g class="cc-series-{}"><path class="cc-line" d="{}"/><circle cx="{}" cy="{}" r="3"/>'
        '<text class="cc-direct" x="{}" y="{}">{}</text></g>',
        series,
        path,
        x,
        y,
        WIDTH - RIGHT + 10,
        label_y,
        name,
    )


def _spread(ends: Sequence[float]) -> list[float]:
    """Heights for the lines' names, moved apart where they would overlap."""
    places = [0.0] * len(ends)
    last = -1e9
    for index in sorted(range(len(ends)), key=lambda one: _y(ends[one])):
        last = places[index] = max(_y(ends[index]) + 4, last + 15)
    return places


def _dates(days: Sequence[date]) -> SafeString:
    shown_days = sorted({0, len(days) // 2, len(days) - 1}) if days else []
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        ((_x(index, len(days)), HEIGHT - 8, f"{days[index]:%d %b}") for index in shown_days),
    )
