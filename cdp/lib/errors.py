"""Every error in one shape: ``{"success": false, "code", "message", "errors"}``.

``code`` is stable and snake_case, ``message`` says what to do, ``errors`` names places. Nothing
personal and no stack trace goes into any of them.
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler


class Problem(Exception):
    """Something the caller can mend. Raised anywhere, rendered once at the edge."""

    def __init__(
        self, code: str, message: str, *, status: int = 400, errors: Sequence[dict[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.errors = code, message, status, list(errors)

    def body(self) -> dict[str, Any]:
        """The JSON object sent to the caller."""
        return {
            "success": False,
            "code": self.code,
            "message": self.message,
            "errors": self.errors,
        }


def respond(problem: Problem, headers: dict[str, str] | None = None) -> JsonResponse:
    """A problem as a plain Django response, for views that stay off DRF."""
    return JsonResponse(problem.body(), status=problem.status, headers=headers)


def drf_handler(failure: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's ``EXCEPTION_HANDLER``: its own exceptions and ours in the one shape."""
    if isinstance(failure, Problem):
        return Response(failure.body(), status=failure.status)
    response = exception_handler(failure, context)
    if response is None:
        return None
    if isinstance(failure, exceptions.ValidationError):
        problem = Problem(
            "invalid_request",
            "Correct the fields named in errors and send the request again.",
            errors=_flatten(response.data),
        )
    else:
        code = failure.get_codes() if isinstance(failure, exceptions.APIException) else None
        problem = Problem(code if isinstance(code, str) else "error", _sentence(response))
    response.data = problem.body()
    return response


def _flatten(data: Any, path: str = "") -> list[dict[str, Any]]:
    if isinstance(data, dict):
        pairs = [(f"{path}.{key}" if path else str(key), value) for key, value in data.items()]
    elif isinstance(data, list) and any(isinstance(item, dict) for item in data):
        pairs = [(f"{path}[{index}]", value) for index, value in enumerate(data)]
    else:
        texts = data if isinstance(data, list) else [data]
        return [{"field": path, "message": str(text)} for text in texts]
    return [row for key, value in pairs if value for row in _flatten(value, key)]


def _sentence(response: Response) -> str:
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    return str(detail or "The request was refused.")


def page_not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """``handler404`` for addresses outside the console and the public pages."""
    return respond(
        Problem(
            "not_found",
            "Nothing lives at this address. See /api/docs/ for those that exist.",
            status=404,
        )
    )


def server_error(request: HttpRequest) -> JsonResponse:
    """``handler500``: say nothing about the inside."""
    return respond(
        Problem(
            "server_error",
            "The server failed to answer. Try again; if it persists, tell the operator the time.",
            status=status.HTTP_500_INTERNAL_SERVER_ERROR,
        )
    )
