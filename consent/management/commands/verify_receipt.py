"""``manage.py verify_receipt FILE``: check a receipt without a database."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent.requests.receipts import Forged, verify


class Command(BaseCommand):
    help = "Check the signature of a receipt and print what it says was done. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--public-key", default="", help="base64; the key you expect")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            document = json.loads(options["file"].read_text())
            found = verify(document, options["public_key"])
        except OSError as failure:
            raise CommandError(f"Cannot read {options['file']}: {failure.strerror}.") from failure
        except (ValueError, Forged) as failure:
            said = str(failure) if isinstance(failure, Forged) else "This file is not JSON."
            raise CommandError(said) from failure
        rows = sum(sum(target["rows"].values()) for target in found.body["targets"])
        result = {
            "valid": True,
            "reference": found.body["reference"],
            "kind": found.body["kind"],
            "holders": len(found.body["targets"]),
            "rows": rows,
            "finished_at": found.body["finished_at"],
            "public_key": found.public_key,
        }
        if options["json"]:
            options["json"].write_text(json.dumps(result, indent=1) + "\n")
        self.stdout.write(
            f"Valid. {result['kind']} {result['reference']}: {rows} rows at "
            f"{result['holders']} holders, finished {result['finished_at']}. "
            f"Signed by {found.public_key}"
        )
