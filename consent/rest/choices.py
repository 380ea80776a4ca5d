"""The privacy centre's pages of choices. Complete without JavaScript."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from cdp.lib import clock
from consent.data import Act, Basis, Evidence
from consent.ledger.choose import choosable, choose
from consent.ledger.history import decisions
from consent.ledger.purposes import current_notice, notices, purposes
from consent.ledger.record import record
from consent.requests import links, mail
from consent.requests.holders import subject_of
from consent.requests.models import OneTimeLink
from consent.rest import limits

COOKIE = "cdp_anonymous_id"
"""The first-party cookie under which the shop's own pages send events."""

_COOKIE_FORM = re.compile(r"[A-Za-z0-9._~-]{8,100}")
_YEAR = 365 * 86_400
_GPC_OFF = ("analytics", "marketing")
_GPC_ACTS = UUID("7a4f7e0e-52d5-5b0b-9a9b-0f2f6a0f5f11")

TOO_OFTEN = "Too many requests from here in one hour. Wait an hour and try again."


class EmailForm(forms.Form):
    """One e-mail address."""

    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": "Write your e-mail address.",
            "invalid": "Write an e-mail address such as name@example.com.",
        },
    )


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What a person can do here."""
    return render(request, "privacy/home.html", {"demo": settings.DEMO})


@require_http_methods(["GET", "POST"])
@cache_control(no_store=True, private=True)
def choices(request: HttpRequest) -> HttpResponse:
    """The choices of this browser."""
    cookie, subject = _visitor(request)
    if request.method == "POST":
        _save(request, subject, Evidence.CLIENT_ASSERTED, "privacy centre, this browser")
        response: HttpResponse = HttpResponseRedirect(reverse("privacy-choices") + "?saved=1")
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=_YEAR,
            secure=settings.SECURE_COOKIES,
            httponly=True,
            samesite="Lax",
        )
        return response
    signal = request.headers.get("Sec-GPC", "").strip() == "1"
    if signal and COOKIE in request.COOKIES:
        _honour(subject)
    page = _page(subject) | {"saved": "saved" in request.GET, "gpc": signal}
    response = render(request, "privacy/choices.html", page)
    patch_vary_headers(response, ["Sec-GPC", "Cookie"])
    return response


@require_http_methods(["GET", "POST"])
@cache_control(no_store=True, private=True)
def choices_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The choices of the person to whom this link was mailed."""
    if request.method == "POST":
        with transaction.atomic():
            link = links.spend(token, OneTimeLink.Use.CHOICES)
            if link and link.subject_id:
                _save(request, link.subject_id, Evidence.AUTHENTICATED, "privacy centre, by link")
    else:
        link = links.peek(token, OneTimeLink.Use.CHOICES)
    if link is None or link.subject_id is None:
        return render(request, "privacy/expired.html", status=410)
    page = _page(link.subject_id) | {"by_link": True, "saved": request.method == "POST"}
    return render(request, "privacy/choices.html", page)


@require_http_methods(["GET", "POST"])
@cache_control(no_store=True, private=True)
def choices_mail(request: HttpRequest) -> HttpResponse:
    """Ask for a link to one's choices. The answer is the same whether we know the address or
    not."""
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if limits.allowed(request, email):
            subject = subject_of("email", email)
            if subject:
                mail.choices(email, links.make(OneTimeLink.Use.CHOICES, subject_id=subject))
            return render(request, "privacy/sent.html", {"email": email, "demo": settings.DEMO})
        form.add_error("email", TOO_OFTEN)
    status = 429 if TOO_OFTEN in form.errors.get("email", []) else 200
    page = {"form": form, "title": "Choices for an e-mail address", "choices": True}
    return render(request, "privacy/ask.html", page, status=status)


@require_GET
def gpc_support(request: HttpRequest) -> HttpResponse:
    """``/.well-known/gpc.json``: we abide by Global Privacy Control."""
    return JsonResponse({"gpc": True, "lastUpdate": "2026-11-21"})


def _visitor(request: HttpRequest) -> tuple[str, UUID]:
    cookie = request.COOKIES.get(COOKIE, "")
    known = subject_of("anonymous_id", cookie) if _COOKIE_FORM.fullmatch(cookie) else None
    if known:
        return cookie, known
    cookie = str(uuid4())
    subject = subject_of("anonymous_id", cookie)
    if subject is None:
        raise ImproperlyConfigured("No class in SUBJECT_DATA knows what an anonymous_id is.")
    return cookie, subject


def _page(subject: UUID) -> dict[str, Any]:
    held = {decision.purpose: decision for decision in decisions(subject)}
    version = current_notice()
    texts = notices(version)
    asked = [
        {
            "purpose": purpose,
            "text": texts.get(purpose.slug, purpose.description),
            "on": held[purpose.slug].permitted,
            "because": held[purpose.slug].because,
            "since": _since(held[purpose.slug].record),
        }
        for purpose in choosable()
    ]
    fixed = [p for p in purposes().values() if p.slug not in {p.slug for p in choosable()}]
    return {"asked": asked, "fixed": fixed, "notice": version}


def _since(record: Any) -> Any:
    return record.act.occurred_at if record else None


def _save(request: HttpRequest, subject: UUID, evidence: Evidence, source: str) -> None:
    """Write what a person chose: one by one, all, or none."""
    answer = request.POST.get("answer", "save")
    ticked = set(request.POST.getlist("purpose"))
    wanted: Mapping[str, bool] = {
        purpose.slug: answer == "accept" or (answer == "save" and purpose.slug in ticked)
        for purpose in choosable()
    }
    shown = request.POST.get("notice", "")[:40]
    version = shown if notices(shown.replace("\0", "")) else current_notice()
    choose(subject, wanted, evidence=evidence, source=source, notice_version=version)


def _honour(subject: UUID) -> None:
    """Global Privacy Control is a refusal, where the person has not chosen otherwise themselves."""
    open_ = [d.purpose for d in decisions(subject) if d.record is None]
    record(
        Act(
            act_id=uuid5(_GPC_ACTS, f"{subject}/{slug}"),
            subject_id=subject,
            purpose=slug,
            granted=False,
            occurred_at=clock.now(),
            evidence=Evidence.CLIENT_ASSERTED,
            source="Global Privacy Control",
            notice_version=current_notice(),
        )
        for slug in _GPC_OFF
        if slug in open_ and purposes()[slug].basis is Basis.CONSENT
    )
