"""How a request comes in, is confirmed and decided. The states are those of
:class:`Request.State`."""

import secrets
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cdp.lib import clock, crypto
from cdp.lib.errors import Problem
from consent.requests import links, mail
from consent.requests.deadline import due_on
from consent.requests.holders import subject_of
from consent.requests.models import OneTimeLink, Request, Step

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that is read as another


def by_mail(kind: str, email: str) -> Request:
    """A request from the privacy centre: nothing is looked up before its address has confirmed it,
    so that the answer cannot tell whether we know anyone."""
    request = _receive(kind, "email", email, Request.Channel.CENTRE)
    token = links.make(OneTimeLink.Use.CONFIRM, request=request)
    transaction.on_commit(lambda: mail.confirm(email, request, token))
    return request


def vouched_for(
    kind: str,
    identifier_kind: str,
    value: str,
    *,
    evidence: str,
    channel: Request.Channel = Request.Channel.API,
) -> Request:
    """A request for which the shop vouches, by a program or at a keyboard; how identity was shown
    stands in ``evidence``."""
    request = _receive(kind, identifier_kind, value, channel)
    return confirm(request.pk, evidence=evidence)


@transaction.atomic
def confirm(request_id: UUID, *, evidence: str) -> Request:
    """Identity is shown. A copy needs nobody's approval; deletion waits for staff unless the
    setting ``PRIVACY_AUTO_APPROVE`` says otherwise."""
    request = _locked(request_id, Request.State.RECEIVED)
    request.state = Request.State.CONFIRMED
    request.confirmed_at = clock.now()
    request.evidence = evidence
    request.subject_id = subject_of(request.identifier_kind, contact(request) or "")
    if request.kind == Request.Kind.ACCESS or settings.PRIVACY_AUTO_APPROVE:
        request.state = Request.State.APPROVED
        request.decided_at = clock.now()
    request.save()
    return request


@transaction.atomic
def approve(request_id: UUID, *, by: Any, reason: str = "") -> Request:
    """Staff let a confirmed request run, or a stopped one run again from where it stopped."""
    request = _locked(request_id, Request.State.CONFIRMED, Request.State.FAILED)
    request.steps.update(state=Step.State.WAITING, finished_at=None)
    request.state, request.trouble = Request.State.APPROVED, ""
    request.decided_at, request.decided_by, request.reason = clock.now(), by, reason
    request.save()
    return request


@transaction.atomic
def deny(request_id: UUID, *, by: Any, reason: str) -> Request:
    """Staff refuse, and say why; the person is told, with the way to complain (Article 12(4))."""
    if not reason.strip():
        raise Problem("reason_missing", "Say why the request is refused: the person is told.")
    request = _locked(request_id, Request.State.RECEIVED, Request.State.CONFIRMED)
    to = contact(request)
    request.state, request.reason = Request.State.DENIED, reason.strip()
    request.decided_at = request.finished_at = clock.now()
    request.decided_by, request.sealed = by, None
    request.save()
    if to and request.identifier_kind == "email":
        sentence = (
            f"We cannot do what you asked: {request.reason}\nIf you disagree, you can complain to "
            "the data protection authority of your country, and go to court."
        )
        token = links.status_token(request)
        transaction.on_commit(lambda: mail.status(to, request, sentence, token))
    return request


def contact(request: Request) -> str | None:
    """The identifier a request was made with, while it is kept."""
    if request.sealed is None:
        return None
    return crypto.decrypt(bytes(request.sealed), place=_place(request)).decode()


def _receive(kind: str, identifier_kind: str, value: str, channel: str) -> Request:
    now = clock.now()
    request = Request(
        kind=kind,
        channel=channel,
        identifier_kind=identifier_kind,
        received_at=now,
        due_on=due_on(now.date()),
        reference="R-" + "".join(secrets.choice(_ALPHABET) for _ in range(8)),
    )
    request.sealed = crypto.encrypt(value.encode(), place=_place(request))
    request.save(force_insert=True)
    return request


def _locked(request_id: UUID, *states: str) -> Request:
    request = Request.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise Problem("not_found", "There is no such request.", status=404)
    if request.state not in states:
        raise Problem(
            "wrong_state",
            f"This request is already further: {request.get_state_display().lower()}.",
            status=409,
        )
    return request


def _place(request: Request) -> bytes:
    return f"consent_request.sealed:{request.pk}".encode()
