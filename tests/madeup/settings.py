"""The portal with one room more, which a test made up."""

from governance.settings_test import *  # noqa: F403
from governance.settings_test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.madeup.gardens"]
ROOT_URLCONF = "tests.madeup.urls"
