"""Doing what was asked: holder after holder, each in a transaction of its own that also writes its
step, so that a run that died is simply run again and goes on where it stopped."""

import json
import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection, transaction

from cdp.lib import clock, crypto, sql
from consent.data import RESTRICTION, Act, Basis, Erased, Evidence, Settling, SubjectData
from consent.ledger.purposes import purposes
from consent.ledger.record import record
from consent.requests import links, mail, receipts
from consent.requests.ask import contact
from consent.requests.holders import cluster_of, holders
from consent.requests.models import OneTimeLink, Package, Request, Step

logger = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds to wait for the digest before leaving a request for its next minute."""

KEPT = timedelta(days=7)
"""How long a person's copy can be downloaded."""


class Unproven(Exception):
    """A holder says it erased, and what it counts says otherwise."""


def run(request_id: UUID) -> str:
    """Carry one approved request to its end; answer its state afterwards, ``"busy"`` where another
    process has it in hand, or ``"waiting"`` where messages are still on their way in: it is then to
    be run again. Raises nothing for what a holder does wrong: the request stops, says why and waits
    for staff."""
    with _alone(request_id) as mine:
        if not mine:
            return "busy"
        if not _settled(request_id):
            logger.warning("Privacy request %s waits for the digest.", request_id)
            return "waiting"
        request = _begin(request_id)
        if request is None:
            return str(Request.objects.values_list("state", flat=True).get(pk=request_id))
        try:
            _work(request)
        except DatabaseError as failure:
            if sql.is_transient(failure):
                return "running"
            _stop(request, failure)
        except Exception as failure:
            _stop(request, failure)
        return str(request.state)


def _work(request: Request) -> None:
    subjects = frozenset(request.subjects)
    erasing = request.kind == Request.Kind.ERASURE
    if erasing:
        record(_freeze(request))
    copies: dict[str, Any] = {}
    for place, holder in enumerate(holders()):
        if erasing:
            _erase(request, place, holder, subjects)
        else:
            copies[holder.name] = _copy(request, place, holder, subjects)
    remaining = (
        [f"{holder.name}: {spot}" for holder in holders() for spot in holder.verify(subjects)]
        if erasing
        else []
    )
    if remaining:
        raise Unproven("Something still stands: " + "; ".join(remaining)[:250])
    _finish(request, copies)


@contextmanager
def _alone(request_id: UUID) -> Iterator[bool]:
    """A lock of this database session: it goes when the process dies, however it dies."""
    name = f"consent request {request_id}"
    mine = sql.rows("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])[0][0]
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            sql.rows("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _settled(request_id: UUID) -> bool:
    """Whether the holders can see all that was sent before now. What was accepted and not digested
    would come back to life after the erasure, and lack in a copy. Waits a little for it."""
    if not Request.objects.filter(pk=request_id, state=Request.State.APPROVED).exists():
        return True
    moment, patience = clock.now(), time.monotonic() + PATIENCE
    waits = [holder.settled for holder in holders() if isinstance(holder, Settling)]
    while not all(settled(moment) for settled in waits):
        if time.monotonic() > patience:
            return False
        time.sleep(0.1)
    return True


@transaction.atomic
def _begin(request_id: UUID) -> Request | None:
    request = Request.objects.select_for_update().get(pk=request_id)
    if request.state not in {Request.State.APPROVED, Request.State.RUNNING}:
        return None
    if request.started_at is None:
        request.started_at = clock.now()
        found = cluster_of(request.identifier_kind, contact(request) or "")
        request.subjects = sorted(found)
    request.state = Request.State.RUNNING
    request.save()
    return request


def _freeze(request: Request) -> list[Act]:
    """Erasing withdraws every consent and stops all use while it runs. The withdrawals stay, so
    that an old grant cannot come back to life with the next event of the same device."""
    resting = [slug for slug, purpose in purposes().items() if purpose.basis is Basis.CONSENT]
    return [
        _act(request, subject, slug, granted=slug == RESTRICTION, stage="freeze")
        for subject in request.subjects
        for slug in [*resting, RESTRICTION]
    ]


def _act(request: Request, subject: UUID, purpose: str, *, granted: bool, stage: str) -> Act:
    return Act(
        act_id=uuid5(request.pk, f"{stage}/{subject}/{purpose}"),
        subject_id=subject,
        purpose=purpose,
        granted=granted,
        occurred_at=clock.now(),
        evidence=Evidence.AUTHENTICATED,
        source="privacy request",
        regulation=request.regulation,
        detail={"request": request.reference},
    )


def _step(request: Request, place: int, holder: SubjectData) -> Step:
    step, _ = Step.objects.select_for_update().get_or_create(
        request=request, holder=holder.name, defaults={"place": place}
    )
    return step


@transaction.atomic
def _erase(request: Request, place: int, holder: SubjectData, subjects: frozenset[UUID]) -> None:
    step = _step(request, place, holder)
    if step.state == Step.State.DONE:
        return
    counted = holder.count(subjects)
    erased = holder.erase(subjects)
    if sum(counted.values()) and not sum(erased.rows.values()):
        raise Unproven(f"{holder.name} counted rows and removed none.")
    _done(step, counted, erased)


@transaction.atomic
def _copy(
    request: Request, place: int, holder: SubjectData, subjects: frozenset[UUID]
) -> Mapping[str, Any]:
    step = _step(request, place, holder)
    counted = holder.count(subjects)
    copy = holder.export(subjects)
    step.counted, step.rows = {}, {}
    _done(step, counted, Erased(holder.name, counted))
    return copy


def _done(step: Step, counted: Mapping[str, int], erased: Erased) -> None:
    """Write a step. One that is run again adds to what it removed before."""
    step.counted = dict(Counter(step.counted) + Counter(counted))
    step.rows = dict(Counter(step.rows) + Counter(erased.rows))
    step.kept = {**step.kept, **erased.kept}
    step.state, step.finished_at = Step.State.DONE, clock.now()
    step.save()


@transaction.atomic
def _finish(request: Request, copies: Mapping[str, Any]) -> None:
    to = contact(request)
    subjects = list(request.subjects)
    receipts.make(request, [])
    request.state, request.finished_at = Request.State.DONE, clock.now()
    request.sealed, request.subjects = None, []
    request.save()
    if request.kind == Request.Kind.ERASURE:
        record(
            _act(request, subject, RESTRICTION, granted=False, stage="lift") for subject in subjects
        )
    else:
        _pack(request, copies)
    _tell(request, to)


def _pack(request: Request, copies: Mapping[str, Any]) -> None:
    text = json.dumps(
        {
            "reference": request.reference,
            "made_at": clock.now().isoformat(),
            "purposes": {
                p.slug: {"basis": p.basis.value, "description": p.description}
                for p in purposes().values()
            },
            "data": copies,
        },
        cls=DjangoJSONEncoder,
        ensure_ascii=False,
        indent=1,
    )
    Package.objects.create(
        request=request,
        sealed=crypto.encrypt(text.encode(), place=_place(request)),
        expires_at=clock.now() + KEPT,
    )


def unpack(request: Request) -> bytes | None:
    """The copy behind a finished request, while it is kept: UTF-8 JSON."""
    package = Package.objects.filter(request=request, expires_at__gt=clock.now()).first()
    return crypto.decrypt(bytes(package.sealed), place=_place(request)) if package else None


def _tell(request: Request, to: str | None) -> None:
    if not to or request.identifier_kind != "email":
        return
    if request.kind == Request.Kind.ERASURE:
        token = links.status_token(request)
        sentence = "Your data is deleted. Your receipt waits on the page below."
        transaction.on_commit(lambda: mail.status(to, request, sentence, token))
    else:
        token = links.make(OneTimeLink.Use.DOWNLOAD, request=request, lifetime=KEPT)
        transaction.on_commit(lambda: mail.download(to, request, token))


def _stop(request: Request, failure: Exception) -> None:
    """Leave the request where staff see it. Only our own words go into the row: another failure's
    message may hold data."""
    logger.exception("Privacy request %s stopped", request.pk, exc_info=_bare(failure))
    said = str(failure) if isinstance(failure, Unproven) else type(failure).__name__
    request.state, request.trouble = Request.State.FAILED, said[:300]
    request.save(update_fields=["state", "trouble"])


def _bare(failure: Exception) -> tuple[type[Exception], Exception, Any]:
    """The traceback without the message, which may hold data."""
    return type(failure), type(failure)(), failure.__traceback__


def _place(request: Request) -> bytes:
    return f"consent_package.sealed:{request.pk}".encode()
