"""What the server says when there is no page: HTML to people, the JSON shape to programs.

The console, the privacy centre and the shop are read by people; every other address by programs.
"""

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from cdp.lib import errors
from cdp.lib.errors import Problem

FOR_PEOPLE = ("/admin/", "/privacy/", *(("/shop/",) if settings.DEMO else ()))


class _Words(NamedTuple):
    heading: str
    advice: str


_WORDS = {
    403: _Words(
        "Your role does not open this page",
        "An administrator can give you a role that does, under Users.",
    ),
    404: _Words(
        "Nothing is at this address",
        "It may have been deleted, merged into another, or mistyped. Search finds what there is.",
    ),
    500: _Words(
        "This page failed to answer",
        "What was saved before is safe. Try again; if it persists, tell the operator the time.",
    ),
}


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler403``."""
    if _for_people(request):
        return _page(request, 403)
    return errors.respond(Problem("forbidden", "This is not open to you.", status=403))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``."""
    if _for_people(request):
        return _page(request, 404)
    return errors.page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """``handler500``. Asks the database nothing: it may be what failed."""
    return _page(request, 500) if _for_people(request) else errors.server_error(request)


def _for_people(request: HttpRequest) -> bool:
    return request.path.startswith(FOR_PEOPLE)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    first = request.path.split("/")[1]
    heading, advice = _WORDS[status]
    home = {"admin": "the console", "privacy": "the privacy centre", "shop": "the shop"}[first]
    told = {
        "heading": heading,
        "advice": advice if first == "admin" or status == 500 else "",
        "home": f"/{first}/",
        "home_name": home,
    }
    return HttpResponse(render_to_string("refusal.html", told), status=status)
