"""The letters we send. One failing letter never fails the request: it is logged by id and the page
offers to send another."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from consent.requests.models import Request

logger = logging.getLogger(__name__)

_CONFIRM = """Hello,

someone, probably you, asked us for: {what}.

Open this page to confirm that it was you. The link works once, until tomorrow:
{link}

Your reference is {reference}. We answer by {due:%d %B %Y} at the latest.

If it was not you, do nothing: without confirmation nothing happens.
"""

_STATUS = """Hello,

{sentence}

You can see where your request {reference} stands here:
{link}
"""

_DOWNLOAD = """Hello,

the copy of your data is ready (request {reference}). The link works once, within seven days:
{link}

The file is JSON: any browser or text editor opens it.
"""

_CHOICES = """Hello,

here you can see and change what you allow us to do with your data. The link works once, until
tomorrow:
{link}

If you did not ask for this, do nothing.
"""


def address(name: str, token: str) -> str:
    """An absolute link into the privacy centre."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=[token])}"


def confirm(to: str, request: Request, token: str) -> None:
    """Ask the owner of an address whether the request is theirs."""
    text = _CONFIRM.format(
        what=request.get_kind_display().lower(),
        link=address("privacy-confirm", token),
        reference=request.reference,
        due=request.due_on,
    )
    _send(to, f"Please confirm your request {request.reference}", text)


def status(to: str, request: Request, sentence: str, token: str) -> None:
    """Tell how a request went on."""
    link = address("privacy-status", token)
    text = _STATUS.format(sentence=sentence, link=link, reference=request.reference)
    _send(to, f"Your request {request.reference}", text)


def download(to: str, request: Request, token: str) -> None:
    """Send the link to a person's copy."""
    link = address("privacy-download", token)
    _send(
        to,
        f"The copy of your data ({request.reference})",
        _DOWNLOAD.format(link=link, reference=request.reference),
    )


def choices(to: str, token: str) -> None:
    """Send the link to a person's choices."""
    link = address("privacy-choices-by-link", token)
    _send(to, "Your privacy choices", _CHOICES.format(link=link))


def _send(to: str, subject: str, text: str) -> None:
    try:
        send_mail(subject, text, None, [to])
    except (OSError, SMTPException) as failure:
        logger.error("A privacy letter was not sent: %s", type(failure).__name__)
