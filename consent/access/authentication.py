"""How DRF knows a program and what it may do."""

import base64
import binascii
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from consent.access import keys
from consent.access.models import ApiKey


def secret_of(request: HttpRequest | Request) -> str:
    """The key a request carries: ``Authorization: Bearer KEY`` or ``Basic base64(KEY:)``, or an
    ``X-Api-Key`` header. Empty where it carries none."""
    scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        return str(value).strip()
    if scheme.lower() == "basic":
        try:
            return str(base64.b64decode(value, validate=True).decode().partition(":")[0])
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return str(request.META.get("HTTP_X_API_KEY", ""))


def caller(request: Request) -> str:
    """The name of the key that a view behind :class:`HasScope` was called with."""
    return request.auth.name if isinstance(request.auth, ApiKey) else ""


class ApiKeyAuthentication(BaseAuthentication):
    """``request.auth`` becomes the :class:`ApiKey`."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        secret = secret_of(request)
        if not secret:
            return None
        key = keys.find(secret)
        if key is None:
            raise AuthenticationFailed(
                "This key is unknown, ended or revoked. Make a new one in the console.",
                code="unknown_key",
            )
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """The key carries the scope the view asks for in ``scope`` (``"profiles"``), with ``:write``
    appended for unsafe methods."""

    message = "This key does not carry the scope that this address needs."

    def has_permission(self, request: Request, view: Any) -> bool:
        scope = getattr(view, "scope", None)
        if scope is None or not isinstance(request.auth, ApiKey):
            return False
        needed = scope if request.method in {"GET", "HEAD", "OPTIONS"} else f"{scope}:write"
        return needed in request.auth.scopes or f"{scope}:write" in request.auth.scopes
