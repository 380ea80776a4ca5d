"""``manage.py erase``: the operator's way to delete one person, with the same steps and receipt."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent.requests import ask, receipts
from consent.requests.models import Receipt, Request
from consent.requests.run import run


class Command(BaseCommand):
    help = (
        "Delete what is held about one person, after you have made sure who they are. "
        "An interrupted run goes on with --resume REFERENCE."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--type", default="email", help="kind of identifier, default email")
        parser.add_argument("--value", default="", help="the identifier")
        parser.add_argument("--evidence", default="", help="how you know that it is this person")
        parser.add_argument("--resume", default="", metavar="REFERENCE", help="such as R-7F3K2Q9A")
        parser.add_argument("--receipt", type=Path, metavar="FILE", help="write the receipt here")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        request = self._resumed(options["resume"]) if options["resume"] else self._new(options)
        ended = run(request.pk)
        if ended == "waiting":
            raise CommandError(
                f"{request.reference} waits for messages on their way in: see that the digest "
                f"runs, then: manage.py erase --resume {request.reference}"
            )
        if ended != "done":
            request.refresh_from_db()
            raise CommandError(
                f"{request.reference} stopped: {request.trouble or request.get_state_display()}. "
                f"Mend the cause, then: manage.py erase --resume {request.reference}"
            )
        receipt = Receipt.objects.get(request=request)
        body = json.loads(receipt.body)
        for target in body["targets"]:
            self.stdout.write(f"{target['holder']}: {sum(target['rows'].values())} rows")
        result = {
            "reference": request.reference,
            "rows": sum(sum(target["rows"].values()) for target in body["targets"]),
            "remaining": len(body["verifier"]["remaining"]),
        }
        if options["receipt"]:
            options["receipt"].write_text(json.dumps(receipts.document(receipt), indent=1) + "\n")
        if options["json"]:
            options["json"].write_text(json.dumps(result, indent=1) + "\n")
        self.stdout.write(f"{request.reference}: {result['rows']} rows deleted, none left.")

    def _new(self, options: dict[str, Any]) -> Request:
        if not options["value"] or not options["evidence"]:
            raise CommandError("Name the person with --value and say with --evidence how you know.")
        request = ask.vouched_for(
            Request.Kind.ERASURE,
            options["type"],
            options["value"],
            evidence=options["evidence"][:100],
            channel=Request.Channel.STAFF,
        )
        self.stdout.write(f"Request {request.reference}")
        if request.state == Request.State.CONFIRMED:
            request = ask.approve(request.pk, by=None, reason="manage.py erase")
        return request

    def _resumed(self, reference: str) -> Request:
        request = Request.objects.filter(reference=reference, kind=Request.Kind.ERASURE).first()
        if request is None:
            raise CommandError(f"There is no erasure {reference}.")
        if request.state in {Request.State.CONFIRMED, Request.State.FAILED}:
            request = ask.approve(request.pk, by=None, reason="manage.py erase --resume")
        return request
