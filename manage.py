"""Django's command line. Without a database in the environment it joins the run on ``DATA_DIR``."""

import os
import sys

from django.core.management import execute_from_command_line

from cdp.supervisor import command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp.settings")
    code = command.join(sys.argv[1:], os.environ)
    if code is not None:
        sys.exit(code)
    execute_from_command_line(sys.argv)
