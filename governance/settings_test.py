"""Settings of the test run: fast password hashing, plain static files, everything else as it runs."""

from governance.environment import VAR_DIR
from governance.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "tests.storage.TransactionalMemory"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = False
# No test sees what a demo beside it has signed.
LEDGER_SIGNING_KEY_FILE = VAR_DIR / "of-tests/ledger.pem"
LEDGER_CHECKPOINT_FOLDER = VAR_DIR / "of-tests"
# Granted its rights in every database of the tests; see the fixture `as_portal`.
DATABASE_APP_ROLE = "portal_of_tests"
# Where the copies of the tests keep what a test is told about them.
LEDGER_ACCEPTED = ["schema tests"]
