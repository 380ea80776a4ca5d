"""Bodies over raw sockets, against a real granian."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.conf import settings

from cdp.supervisor import tether
from cdp.supervisor.folder import free_port

LIMIT = settings.COLLECT_MAX_BODY


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the echo answers."""
    number = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(number)]
    command += ["--blocking-threads", "2", "--no-ws", "--http", "1", "tests.cdp.echo:application"]
    server = tether.spawn(
        command,
        death_signal=signal.SIGKILL,
        env=dict(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while _refused(number):
        assert time.monotonic() < deadline
        assert server.poll() is None
        time.sleep(0.05)
    yield number
    server.terminate()
    server.wait(20)


def _refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return True
    return False


def _exchange(port: int, head: str, body: bytes, *, half_close: bool = False) -> tuple[int, str]:
    request = f"POST /v1/track HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", port), 20) as link:
        link.sendall(request)
        if half_close:
            link.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := link.recv(65536):
            answer += piece
    heading, _, text = answer.partition(b"\r\n\r\n")
    return int(heading.split()[1]) if heading else 0, text.decode()


def _chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def _told(body: bytes) -> str:
    return f"{len(body)} {hashlib.sha256(body).hexdigest()}"


CLOSE = "Connection: close\r\n"


def test_body__with_its_length__arrives_whole(port: int) -> None:
    body = b"x" * 200_000
    status, text = _exchange(port, f"{CLOSE}Content-Length: {len(body)}\r\n", body)
    assert status == 200
    assert _told(body) in text


def test_body__chunked__arrives_whole(port: int) -> None:
    pieces = (b'{"a":', b"1" * 70_000, b"}")
    head = f"{CLOSE}Transfer-Encoding: chunked\r\n"
    status, text = _exchange(port, head, _chunks(*pieces))
    assert status == 200
    assert _told(b"".join(pieces)) in text


def test_body__of_no_bytes__arrives_empty(port: int) -> None:
    status, text = _exchange(port, f"{CLOSE}Content-Length: 0\r\n", b"")
    assert status == 200
    assert _told(b"") in text


def test_body__broken_off__never_reaches_the_view_as_whole(port: int) -> None:
    head = f"{CLOSE}Content-Length: 1000\r\n"
    status, text = _exchange(port, head, b'{"event":"Order Completed"}', half_close=True)
    assert status in {0, 400}
    if status:
        assert json.loads(text)["code"] == "truncated_body"


def test_body__chunked_and_broken_off__can_never_be_taken_for_json(port: int) -> None:
    """The server does not say that chunks broke off, so what arrives must give it away itself."""
    whole = json.dumps({"event": "Order Completed", "messageId": "m-1"}).encode()
    for kept in (1, 10, len(whole) - 1):
        head = f"{CLOSE}Transfer-Encoding: chunked\r\n"
        broken = b"%x\r\n%s" % (len(whole), whole[:kept])
        status, text = _exchange(port, head, broken, half_close=True)
        assert status in {0, 400} or _told(whole) not in text
        with pytest.raises(ValueError, match="line 1"):
            json.loads(whole[:kept])


def test_body__over_the_limit__is_told_so(port: int) -> None:
    body = b"x" * (LIMIT + 1)
    status, text = _exchange(port, f"{CLOSE}Content-Length: {len(body)}\r\n", body)
    assert status == 413
    assert json.loads(text)["code"] == "body_too_large"


def test_body__of_ten_megabytes_chunked__is_told_so(port: int) -> None:
    head = f"{CLOSE}Transfer-Encoding: chunked\r\n"
    status, text = _exchange(port, head, _chunks(*[b"x" * 1_000_000] * 10))
    assert status == 413
    assert json.loads(text)["code"] == "body_too_large"


def test_body__with_length_and_chunks__is_read_one_way_only(port: int) -> None:
    head = f"{CLOSE}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    status, text = _exchange(port, head, _chunks(b"hello world"))
    assert status in {0, 400} or _told(b"hello world") in text


def test_body__with_two_lengths__is_refused(port: int) -> None:
    head = f"{CLOSE}Content-Length: 5\r\nContent-Length: 6\r\n"
    status, _ = _exchange(port, head, b"hello!")
    assert status in {0, 400}
