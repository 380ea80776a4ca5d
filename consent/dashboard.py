"""What the home page says about consent."""

from datetime import timedelta

from django.urls import reverse

from cdp.lib import clock, sql
from consent.ledger.choose import choosable
from consent.requests.deadline import in_words
from consent.requests.models import Request

SOON = 7
"""Days before its date from which a request is named on the home page."""
URGENT = 5


def cards() -> list[dict[str, str]]:
    """Requests that wait, the next date due, and how many of those who chose allow each purpose."""
    link = reverse("admin:consent_request_changelist")
    waiting = Request.objects.filter(state__in=Request.OPEN).exclude(state=Request.State.RECEIVED)
    due = waiting.order_by("due_on").values_list("due_on", flat=True).first()
    note = f"next: {in_words(due, clock.now().date())}" if due else "nothing is due"
    requests = {
        "title": "Requests open",
        "value": f"{waiting.count():,}",
        "note": note,
        "link": link,
    }
    return [requests, *_shares()]


def needs() -> list[dict[str, str]]:
    """Requests that a person must decide: those due within a week one by one, the rest in sum."""
    today = clock.now().date()
    undecided = [Request.State.CONFIRMED, Request.State.FAILED]
    waiting = Request.objects.filter(state__in=undecided).order_by("due_on")
    urgent = list(waiting.filter(due_on__lte=today + timedelta(days=SOON))[:URGENT])
    told = [
        {
            "title": f"{row.get_kind_display()} {row.reference}: {in_words(row.due_on, today)}",
            "note": "It stopped and waits to be run again."
            if row.state == Request.State.FAILED
            else "Confirmed by the person; it waits for your decision.",
            "link": reverse("admin:consent_request_change", args=[row.pk]),
        }
        for row in urgent
    ]
    if others := waiting.count() - len(urgent):
        more = "more " if urgent else ""
        noun = "request waits" if others == 1 else "requests wait"
        told.append(
            {
                "title": f"{others:,} {more}privacy {noun} for a decision",
                "note": "The one due first stands first.",
                "link": reverse("admin:consent_request_changelist"),
            }
        )
    return told


def _shares() -> list[dict[str, str]]:
    """One query counts, for each purpose, who allowed and who refused."""
    link = reverse("admin:consent_ledgerrecord_changelist")
    asked = choosable()
    counts = ", ".join(
        f"count(*) FILTER (WHERE mask & {p.mask} <> 0), "
        f"count(*) FILTER (WHERE refused & {p.mask} <> 0)"
        for p in asked
    )
    numbers = sql.rows(f"SELECT {counts} FROM consent_standing")[0] if asked else ()  # noqa: S608
    return [
        _share(purpose.title, numbers[2 * place], numbers[2 * place + 1], link)
        for place, purpose in enumerate(asked)
    ]


def _share(title: str, allowed: int, refused: int, link: str) -> dict[str, str]:
    chose = allowed + refused
    value = f"{100 * allowed / chose:.0f} %" if chose else "none yet"
    note = f"allowed by {allowed:,} of {chose:,} who chose" if chose else "nobody has chosen yet"
    return {"title": title, "value": value, "note": note, "link": link}
