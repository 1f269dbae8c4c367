#!/usr/bin/env python
"""Django's command line. While a demo runs, its connection settings are taken from var/portal.env."""

import os
import sys

from django.core.management import execute_from_command_line

from governance.environment import load_portal_env

if __name__ == "__main__":
    load_portal_env()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    execute_from_command_line(sys.argv)
