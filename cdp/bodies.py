"""Request bodies that are whole and bounded by the time a view sees them."""

import io
import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.conf import settings

from cdp.lib.errors import Problem

DRAIN = 32 * 1024 * 1024
"""Of a body that is too large so much is read and thrown away before the answer: a client that is
still sending hears a closed connection instead of the reason."""
STEP = 64 * 1024

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Readable(Protocol):
    """``wsgi.input``."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; empty at the end."""


class WholeBodies:
    """Reads the body before Django runs, and answers 400 or 413 in the one shape of errors.

    File uploads of the console are the exception: they may be larger, and Django takes them in
    pieces. One thing cannot be seen here: granian ends a chunked body that broke off like a whole
    one. What is left of a JSON object or a gzip stream is neither, so the views refuse it.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if (not chunked and environ.get("CONTENT_LENGTH") in {None, "", "0"}) or _upload(environ):
            return self.application(environ, start_response)
        try:
            body = _read(environ, chunked)
        except Problem as problem:
            return _refuse(problem, start_response)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)
        return self.application(environ, start_response)


def _upload(environ: Environ) -> bool:
    kind: str = environ.get("CONTENT_TYPE", "")
    path: str = environ["PATH_INFO"]
    return kind.startswith("multipart/form-data") and path.startswith("/admin/")


def _read(environ: Environ, chunked: bool) -> bytes:
    source: Readable = environ["wsgi.input"]
    limit: int = settings.COLLECT_MAX_BODY
    length = None if chunked else _length(environ)
    if length is not None and length > limit:
        _drain(source, min(length, DRAIN))
        raise _too_large(limit)
    body = _exactly(source, limit + 1 if length is None else length)
    if len(body) > limit:
        _drain(source, DRAIN)
        raise _too_large(limit)
    if length is not None and len(body) < length:
        raise Problem(
            "truncated_body",
            f"The body broke off after {len(body)} of {length} bytes. Send it again.",
        )
    return body


def _length(environ: Environ) -> int:
    text = environ["CONTENT_LENGTH"]
    if not text.isascii() or not text.isdigit():
        raise Problem("invalid_length", "Content-Length must be a whole number of bytes.")
    return int(text)


def _exactly(source: Readable, size: int) -> bytes:
    """Up to ``size`` bytes; fewer only when the body ends before."""
    pieces = []
    while size > 0 and (piece := source.read(min(size, STEP))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _drain(source: Readable, size: int) -> None:
    while size > 0 and (piece := source.read(min(size, STEP))):
        size -= len(piece)


def _too_large(limit: int) -> Problem:
    return Problem(
        "body_too_large",
        f"A request may carry {limit} bytes. Send it in smaller parts.",
        status=413,
    )


def _refuse(problem: Problem, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps(problem.body()).encode()
    status = {400: "400 Bad Request", 413: "413 Content Too Large"}[problem.status]
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]
