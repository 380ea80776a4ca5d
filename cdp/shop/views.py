"""The storefront's pages. They read the catalogue; what visitors do reaches the platform only from
the script, through the public API."""

import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import slugify
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from cdp.demo.catalogue import CURRENCY
from cdp.demo.seed import WRITE_KEY
from cdp.shop import learnt, pictures, visit
from recommendations import api as recommendations
from recommendations.data import Item

PAGE = 24
FEATURED = 8
SPREAD = 29
"""Names sort by collection: every 29th good is of another collection and category."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Shelves and categories."""
    featured = recommendations.browse(limit=FEATURED * SPREAD)[::SPREAD]
    return _page(request, "home", {"featured": featured, "event": None})


@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """One category, a page at a time."""
    name = next((name for name, _ in recommendations.categories() if slugify(name) == slug), None)
    if name is None:
        return _missing(request)
    asked = request.GET.get("page", "1")
    number = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    offset = (number - 1) * PAGE
    found = recommendations.browse(category=name, limit=PAGE + 1, offset=offset)
    return _page(
        request,
        "category",
        {
            "category": name,
            "items": found[:PAGE],
            "next_page": number + 1 if len(found) > PAGE else None,
            "previous_page": number - 1 if number > 1 else None,
            "event": {"name": "Product List Viewed", "properties": {"category": name}},
        },
    )


@require_safe
def item(request: HttpRequest, item_id: str) -> HttpResponse:
    """One product."""
    found = _item(item_id)
    if found is None:
        return _missing(request)
    event = {"name": "Product Viewed", "properties": visit.product(found)}
    return _page(request, "item", {"item": found, "event": event})


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart, and what goes with it."""
    return _page(request, "cart", _totals(visit.cart(request)))


@require_POST
def change_cart(request: HttpRequest) -> HttpResponse:
    """Put in, change, take out; then show the cart."""
    pieces = request.POST.get("pieces", "1")
    found = _item(request.POST.get("item", ""))
    if found is None or not (pieces.isascii() and pieces.isdigit() and len(pieces) < 4):
        return _missing(request)
    visit.change_cart(request, found.item_id, int(pieces))
    return redirect("shop:cart")


def checkout(request: HttpRequest) -> HttpResponse:
    """Pretend to pay: GET shows the sum, POST places the order."""
    lines = visit.cart(request)
    if not lines:
        return redirect("shop:cart")
    totals = _totals(lines)
    order = {
        "order_id": f"S-{secrets.token_hex(5)}",
        "currency": CURRENCY,
        "revenue": float(totals["total"]),
        "total": float(totals["total"]),
        "products": [visit.product(line.item, line.pieces) for line in lines],
    }
    if request.method != "POST":
        event = {"name": "Checkout Started", "properties": order}
        return _page(request, "checkout", totals | {"event": event})
    request.session["order"] = order
    request.session["cart"] = {}
    return redirect("shop:thanks")


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """After the order. A reload sends it again under the same message id, so it counts once."""
    order = request.session.get("order")
    if order is None:
        return redirect("shop:home")
    event = {"name": "Order Completed", "properties": order, "message_id": order["order_id"]}
    return _page(request, "thanks", {"order": order, "event": event})


def sign_in(request: HttpRequest) -> HttpResponse:
    """Become one of the invented customers."""
    if request.method != "POST":
        return _page(request, "sign_in", {"customers": visit.customers()})
    chosen = request.POST.get("customer", "")
    if chosen not in {person.user_id for person in visit.customers()}:
        return _missing(request)
    request.session["customer"] = chosen
    request.session["just_signed_in"] = True
    return redirect("shop:account")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Be nobody again; the browser gets a new anonymous id."""
    request.session.flush()
    response = redirect("shop:home")
    response.delete_cookie(visit.ANONYMOUS)
    return response


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who one is signed in as."""
    if visit.customer(request) is None:
        return redirect("shop:sign-in")
    return _page(request, "account", {"event": None})


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """The banner's answer, without a script; ``ask`` brings the banner back."""
    answer = request.POST.get("choice", "")
    response = HttpResponseRedirect(_back(request))
    if answer == "ask":
        response.delete_cookie(visit.CHOICE)
        return response
    if answer not in {"accept", "refuse"}:
        return _missing(request)
    allowed = dict.fromkeys(visit.PURPOSES, answer == "accept")
    response.set_cookie(
        visit.CHOICE,
        visit.choice_text(allowed),
        max_age=visit.CHOICE_SECONDS,
        samesite="Lax",
        secure=request.is_secure(),
    )
    if answer == "refuse":
        response.delete_cookie(visit.ANONYMOUS)
    return response


@require_safe
@cache_control(public=True, max_age=86_400)
def picture(request: HttpRequest, item_id: str) -> HttpResponse:
    """The product's picture."""
    found = _item(item_id)
    if found is None:
        raise Http404
    drawn = pictures.draw(
        item_id,
        found.category[0] if found.category else "",
        found.tags[0] if found.tags else "",
    )
    return HttpResponse(drawn, content_type="image/svg+xml")


@require_safe
def what_was_learnt(request: HttpRequest) -> JsonResponse:
    """The side panel's content."""
    return JsonResponse(learnt.of(request))


def _page(request: HttpRequest, name: str, content: dict[str, Any]) -> HttpResponse:
    person = visit.customer(request)
    shared = {
        "categories": [name for name, _ in recommendations.categories()],
        "customer": person,
        "pieces": visit.pieces_in_cart(request),
        "choice": visit.choice(request),
        "choice_text": visit.choice_text(visit.choice(request)),
        "write_key": WRITE_KEY,
        "traits": visit.traits(person),
        "just_signed_in": bool(person and request.session.pop("just_signed_in", False)),
    }
    return render(request, f"shop/{name}.html", shared | content)


def _missing(request: HttpRequest) -> HttpResponse:
    response = _page(request, "missing", {"event": None})
    response.status_code = 404
    return response


def _item(item_id: str) -> Item | None:
    return recommendations.items([item_id]).get(item_id) if "\0" not in item_id else None


def _totals(lines: list[visit.CartLine]) -> dict[str, Any]:
    return {"lines": lines, "total": sum(line.total for line in lines), "event": None}


def _back(request: HttpRequest) -> str:
    """The page the visitor came from, if it is one of the shop's."""
    came_from = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(came_from, allowed_hosts=None)
    return came_from if safe and came_from.startswith("/shop/") else "/shop/"
