"""What the home page says about consent."""

from django.urls import reverse

from cdp.lib import clock, sql
from consent.ledger.choose import choosable
from consent.requests.deadline import in_words
from consent.requests.models import Request


def cards() -> list[dict[str, str]]:
    """Requests that wait, the next date due, and how many of those who chose allow each purpose."""
    link = reverse("admin:consent_request_changelist")
    waiting = Request.objects.filter(state__in=Request.OPEN).exclude(state=Request.State.RECEIVED)
    due = waiting.order_by("due_on").values_list("due_on", flat=True).first()
    note = f"next: {in_words(due, clock.now().date())}" if due else "nothing is due"
    requests = {
        "title": "Privacy requests open",
        "value": f"{waiting.count():,}",
        "note": note,
        "link": link,
    }
    return [requests, *_shares()]


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
