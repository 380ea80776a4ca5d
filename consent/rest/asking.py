"""The privacy centre's pages of requests: ask, confirm, follow, download. Complete without
JavaScript; what only shows is GET, what changes something is POST."""

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from cdp.lib import clock
from consent import tasks
from consent.requests import ask, demo_mail, links, receipts
from consent.requests.deadline import in_words
from consent.requests.models import OneTimeLink, Receipt, Request
from consent.requests.run import unpack
from consent.rest import limits
from consent.rest.choices import TOO_OFTEN, EmailForm

_no_store = cache_control(no_store=True, private=True)


@require_http_methods(["GET", "POST"])
@_no_store
def request_page(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for a copy or for deletion. Nothing is looked up, so the answer cannot tell whether an
    address is known."""
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if limits.allowed(request, email):
            with transaction.atomic():
                ask.by_mail(kind, email)
            return render(request, "privacy/sent.html", {"email": email, "demo": settings.DEMO})
        form.add_error("email", TOO_OFTEN)
    status = 429 if TOO_OFTEN in form.errors.get("email", []) else 200
    page = {
        "form": form,
        "title": Request.Kind(kind).label,
        "erasure": kind == Request.Kind.ERASURE,
    }
    return render(request, "privacy/ask.html", page, status=status)


@require_http_methods(["GET", "POST"])
@_no_store
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the mailed link; its button confirms."""
    link = links.peek(token, OneTimeLink.Use.CONFIRM)
    if link is None or link.request is None:
        return render(request, "privacy/expired.html", status=410)
    if request.method == "GET":
        return render(request, "privacy/confirm.html", {"row": link.request})
    with transaction.atomic():
        spent = links.spend(token, OneTimeLink.Use.CONFIRM)
        if spent is None or spent.request is None:
            return render(request, "privacy/expired.html", status=410)
        row = ask.confirm(spent.request.pk, evidence="one-time link sent by e-mail")
        tasks.start(row.pk)
    return HttpResponseRedirect(reverse("privacy-status", args=[links.status_token(row)]))


@require_GET
@_no_store
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Where a request stands."""
    row = links.by_status_token(token)
    if row is None:
        return render(request, "privacy/expired.html", status=410)
    page = {
        "row": row,
        "token": token,
        "left": in_words(row.due_on, clock.now().date()) if row.state in Request.OPEN else "",
        "receipt": Receipt.objects.filter(request=row).first(),
    }
    return render(request, "privacy/status.html", page)


@require_GET
@_no_store
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The signed receipt as a file."""
    row = links.by_status_token(token)
    found = Receipt.objects.filter(request=row).first() if row else None
    if row is None or found is None:
        return render(request, "privacy/expired.html", status=410)
    headers = {"Content-Disposition": f'attachment; filename="receipt-{row.reference}.json"'}
    return JsonResponse(receipts.document(found), headers=headers, json_dumps_params={"indent": 1})


@require_http_methods(["GET", "POST"])
@_no_store
def download(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the mailed link to a copy; its button downloads it, once."""
    link = links.peek(token, OneTimeLink.Use.DOWNLOAD)
    if link is None or link.request is None:
        return render(request, "privacy/expired.html", status=410)
    if request.method == "GET":
        return render(request, "privacy/download.html", {"row": link.request})
    spent = links.spend(token, OneTimeLink.Use.DOWNLOAD)
    copy = unpack(link.request) if spent else None
    if copy is None:
        return render(request, "privacy/expired.html", status=410)
    name = f"my-data-{link.request.reference}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(copy, content_type="application/json", headers=headers)


@require_GET
@_no_store
def mailbox(request: HttpRequest) -> HttpResponse:
    """Demo mode's mail, on a page. Elsewhere this page does not exist."""
    if not settings.DEMO:
        raise Http404
    return render(request, "privacy/mailbox.html", {"letters": demo_mail.letters()})
