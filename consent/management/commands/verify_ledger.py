"""``manage.py verify_ledger``: is the consent ledger what was once written?"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent.ledger.verify import verify


class Command(BaseCommand):
    help = "Check the hash chain over the consent ledger and print what was found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify()
        if options["json"]:
            found = asdict(report) | {"sound": report.sound}
            options["json"].write_text(json.dumps(found, indent=1) + "\n")
        self.stdout.write(
            f"{report.sealed} records sealed, {report.unsealed} without a seal, "
            f"{len(report.broken)} broken. Head: {report.head or 'none yet'}"
        )
        if not report.sound:
            raise CommandError(
                "The ledger is not what was written. First broken positions: "
                f"{report.broken[:10]}. Compare with a backup before anything else."
            )
