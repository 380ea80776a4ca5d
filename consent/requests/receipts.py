"""Receipts: canonical JSON under an Ed25519 signature, checked without a database.

The signing key is derived from ``BLIND_INDEX_KEY`` by HKDF (RFC 5869) under a label of its own.
That key must never change anyway (every look-up rests on it), so receipts stay verifiable for as
long as the installation lives, no second secret has to be kept, and nothing in the database can
sign."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from cdp.lib import clock, ids, sql
from consent.requests.models import Receipt, Request

_LABEL = b"cdp receipt signing key, version 1"


class Forged(Exception):
    """A receipt that does not carry the signature it claims, or another installation's."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A receipt that holds: its body, and who signed (base64 of the Ed25519 public key)."""

    body: Mapping[str, Any]
    public_key: str


def canonical(body: Mapping[str, Any]) -> str:
    """The one text of this JSON value: keys sorted, no spaces, UTF-8 as it is."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def public_key() -> str:
    """This installation's public key, base64."""
    return base64.b64encode(_key().public_key().public_bytes_raw()).decode()


def make(request: Request, remaining: list[str]) -> Receipt:
    """Sign what the steps of this request did. Each receipt carries the hash of the one before."""
    sql.hold("consent receipts")
    before = Receipt.objects.order_by("-made_at", "-id").first()
    receipt = Receipt(id=ids.new(), request=request, made_at=clock.now())
    body = {
        "receipt_id": str(receipt.id),
        "request_id": str(request.pk),
        "reference": request.reference,
        "kind": request.kind,
        "regulation": request.regulation,
        "subject_sha256": _hash(str(request.subject_id)) if request.subject_id else None,
        "received_at": request.received_at.isoformat(),
        "started_at": request.started_at.isoformat() if request.started_at else None,
        "finished_at": receipt.made_at.isoformat(),
        "targets": [_target(request, step) for step in request.steps.all()],
        "verifier": {"holders_asked": request.steps.count(), "remaining": remaining},
        "previous_sha256": _hash(before.body) if before else None,
    }
    receipt.body = canonical(body)
    receipt.signature = _key().sign(receipt.body.encode())
    receipt.save(force_insert=True)
    return receipt


def document(receipt: Receipt) -> dict[str, Any]:
    """The file a person keeps: body, signature and the key it can be checked with."""
    return {
        "body": json.loads(receipt.body),
        "signature": base64.b64encode(bytes(receipt.signature)).decode(),
        "public_key": public_key(),
    }


def verify(document: Any, expected_key: str = "") -> Verified:
    """Check a receipt's file, offline. Raises :class:`Forged` with what is wrong."""
    try:
        body, key = document["body"], str(document["public_key"])
        signature = base64.b64decode(document["signature"], validate=True)
        raw = base64.b64decode(key, validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, canonical(body).encode())
    except (KeyError, TypeError, ValueError) as failure:
        raise Forged("This file is not a receipt.") from failure
    except InvalidSignature as failure:
        raise Forged("The receipt was altered after it was signed.") from failure
    if expected_key and expected_key != key:
        raise Forged("The receipt was signed with another key than the one expected.")
    return Verified(body, key)


def _target(request: Request, step: Any) -> dict[str, Any]:
    work = {"counted": step.counted, "rows": step.rows, "kept": step.kept}
    method = "deleted" if request.kind == Request.Kind.ERASURE else "copied"
    return {"holder": step.holder, "method": method, **work, "sha256": _hash(canonical(work))}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _key() -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), length=32, salt=None, info=_LABEL).derive(settings.BLIND_INDEX_KEY)
    return Ed25519PrivateKey.from_private_bytes(seed)
