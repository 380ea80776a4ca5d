"""Django's command line. Without a database in the environment it joins the run on ``DATA_DIR``."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from cdp.supervisor import command


def main() -> int:
    """Run one command; a setting that is missing is said in a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp.settings")
    code = command.join(sys.argv[1:], os.environ)
    if code is not None:
        return code
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
