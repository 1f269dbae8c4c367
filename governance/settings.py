"""All settings, read from the environment. `docs/operating.md` lists the variables."""

from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from governance.environment import BASE_DIR, VAR_DIR, switch
from governance.patience import Patience, connection_options, of_this_process

# Lets annotations such as ModelForm[User] run.
django_stubs_ext.monkeypatch()

env = environ.Env()

DEFAULT_SECRET_KEY = "insecure-default-for-development-only"

PRODUCTION = switch("PRODUCTION", default=False)
DEBUG = switch("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default=DEFAULT_SECRET_KEY)
# The secrets for people's keys, oldest first; all are needed, see docs/operating.md.
CONSENT_KEYS = env.list("CONSENT_KEY", default=[DEFAULT_SECRET_KEY])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where people reach the portal; the links in mails begin with it.
PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000").rstrip("/")
# What signs the links with which people withdraw: the first one signs, the others are still believed.
WITHDRAWAL_KEYS = env.list("WITHDRAWAL_KEYS", default=[DEFAULT_SECRET_KEY])

if PRODUCTION:
    problems = {
        "SECRET_KEY must be set to a secret of your own.": SECRET_KEY == DEFAULT_SECRET_KEY or len(SECRET_KEY) < 32,
        "WITHDRAWAL_KEYS must be secrets of your own.": not WITHDRAWAL_KEYS
        or any(key == DEFAULT_SECRET_KEY or len(key) < 32 for key in WITHDRAWAL_KEYS),
        "CONSENT_KEY must hold secrets of your own of at least 32 characters.": not CONSENT_KEYS
        or any(key == DEFAULT_SECRET_KEY or len(key) < 32 for key in CONSENT_KEYS),
        "DEBUG must be off.": DEBUG,
        "ALLOWED_HOSTS must name the host of the portal.": not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS,
        "PORTAL_URL must be the address where people reach the portal, with https.": not PORTAL_URL.startswith(
            "https://"
        ),
    }
    if any(problems.values()):
        raise ImproperlyConfigured(
            "The portal does not start in production: " + " ".join(text for text, wrong in problems.items() if wrong)
        )

INSTALLED_APPS = [
    # Without searching the apps: others register pages that go past our rules.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "template_partials",
    "crispy_forms",
    "crispy_bootstrap5",
    "simple_history",
    "pgtrigger",
    "rules.apps.AutodiscoverRulesConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "apps.core",
    "apps.ledger",
    "apps.accounts",
    "apps.workflow",
    "apps.findings",
    "apps.taxonomy",
    "apps.records",
    "apps.vendors",
    "apps.disclosures",
    "apps.consents",
    "apps.datasets",
    "apps.agreements",
    "apps.notifications",
    "apps.portal",
]

MIDDLEWARE = [
    "apps.core.middleware.ApiErrorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.middleware.NoStoreMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.core.middleware.RequestIdMiddleware",
    "apps.core.middleware.ReadingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Before anything that reads what was sent, such as the check for forged forms.
    "apps.accounts.bodies.BodySizeMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.portal.middleware.DomainErrorsMiddleware",
]

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.portal.context.shell",
            ],
        },
    },
]

# Only the launcher (governance/launcher) starts an embedded server; settings never do.
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://127.0.0.1:5432/governance")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
_patience = of_this_process()
# What the address itself says goes before.
DATABASES["default"]["OPTIONS"] = connection_options(
    Patience(
        statement=env.int("DATABASE_STATEMENT_SECONDS", default=_patience.statement),
        lock=env.int("DATABASE_LOCK_SECONDS", default=_patience.lock),
        idle=env.int("DATABASE_IDLE_SECONDS", default=_patience.idle),
    )
) | DATABASES["default"].get("OPTIONS", {})
# The role the running portal connects as, when it is not the owner of the tables. It is granted after each migration.
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default="")
# As whom the tables are owned, when that is another role: for what only the owner may do, such as loading a demo.
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What rate limits count is shared by all processes; in the memory of each, nobody would be limited.
CACHES = {"default": {"BACKEND": "apps.core.shared_cache.SharedCache"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "apps.accounts.authentication.SessionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("full_name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.passwords.NotGuessable"},
    {"NAME": "apps.accounts.passwords.EndsTokens"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
LEDGER_PAGE = "portal:ledger"  # where mails about the ledger lead
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Nobody gets mail because somebody else typed their address; the page says the same whether there is an account.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "apps.accounts.invitations.LinkTokens"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "login_failed": "10/m/ip,5/5m/key",
    # Of the consents: guessing links and people's keys must not pay.
    "withdrawal": "30/m/ip,10/m/key",
    "subject_lookup": "60/h/user",
}
# Administrators give the addresses, so there is nothing to verify before a second factor is set up.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Off by default for a demonstration; in production everybody who signs in with a password needs a second factor.
REQUIRE_SECOND_FACTOR = switch("REQUIRE_SECOND_FACTOR", default=PRODUCTION)
# Clocks of phones differ; the code before and the one after are right too.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Governance portal"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
BEHIND_PROXY = switch("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Rate limits count the last address but so many in X-Forwarded-For, which the outermost of our proxies has seen. What
# stands before it was said by whoever asks, and is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if BEHIND_PROXY else 0)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
FORMAT_MODULE_PATH = ["governance.formats"]

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static"]
# What `make` copies out of node_modules; commands that need no pages work without it.
if (VAR_DIR / "assets").is_dir():
    STATICFILES_DIRS.append(("vendor", VAR_DIR / "assets"))
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    # What people hand in is read by the portal alone.
    "default": {
        "BACKEND": "apps.core.storage.TransactionalStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=20 * 1024 * 1024)
# How much a file of answers or members may hold once it is unpacked.
CONSENT_FILE_MAX_BYTES = env.int("CONSENT_FILE_MAX_BYTES", default=8 * 1024**3)
# Of a request without files; and of any request from somebody who is not signed in.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
STRANGERS_MAX_BYTES = 64 * 1024
# Where files of answers and members are sent, which are larger than any other.
LARGE_FILE_PATHS = (
    "/consents/imports/new/",
    "/consents/cohorts/new/",
    "/api/v1/consent-imports/",
    "/api/v1/cohorts/",
)

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")
BROKER_FOLDER = VAR_DIR / "broker"
TASK_SECONDS = 4 * 60 * 60


def broker_options(url: str) -> dict[str, object]:
    """What the transport of this address needs to be told."""
    if url.startswith("filesystem://"):
        # If processed messages were not stored, each would pass through /tmp.
        return {
            "data_folder_in": str(BROKER_FOLDER / "messages"),
            "data_folder_out": str(BROKER_FOLDER / "messages"),
            "store_processed": True,
            "processed_folder": str(BROKER_FOLDER / "processed"),
            "control_folder": str(BROKER_FOLDER / "control"),
        }
    # Redis hands out again what was not acknowledged in time: not before the longest task has ended.
    return {"visibility_timeout": TASK_SECONDS + 3600} if url.startswith(("redis://", "rediss://")) else {}


CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="governance")
# Every task may run twice, so a message is acknowledged when its task has ended, and goes back when the worker dies.
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Where messages are files, children share one pipe, and one that is killed takes the lock of the pipe with it: the
# others wait for ever. So the worker does the work itself there, and whoever started it starts it again.
CELERY_WORKER_POOL = "solo" if CELERY_BROKER_URL.startswith("filesystem://") else "prefork"
# /healthz reads from it whether beat still asks for tasks.
CELERY_BEAT_SYNC_EVERY = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = TASK_SECONDS
CELERY_TASK_SOFT_TIME_LIMIT = TASK_SECONDS - 300
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
# Nobody steers workers from afar; the database says what is to be done.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

EMAIL_CONFIG = env.email("EMAIL_URL", default=f"filemail:///{VAR_DIR / 'mail'}")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Governance portal <portal@localhost>")

# What this database has besides the release, such as the rights of a role for reports: lines as a verification of the
# ledger prints them, separated by semicolons. It says each time that they were accepted.
LEDGER_ACCEPTED = [line.strip() for line in env.str("LEDGER_ACCEPTED", default="").split(";") if line.strip()]
# The signer alone reads this file, see apps/ledger/signer.py.
LEDGER_SIGNING_KEY_FILE = env.path("LEDGER_SIGNING_KEY_FILE", default=VAR_DIR / "keys/ledger-ed25519.pem")
# What checkpoints call this ledger; counts at the first signature.
LEDGER_NAME = env.str("LEDGER_NAME", default="governance-portal")
# The signer writes here, everybody else reads.
LEDGER_CHECKPOINT_FOLDER = env.path("LEDGER_CHECKPOINT_FOLDER", default=VAR_DIR / "checkpoints")
# Keys that checkpoints are verified with, instead of those that lie beside them.
LEDGER_VERIFIER_KEYS = env.list("LEDGER_VERIFIER_KEYS", default=[])
# Where somebody else keeps checkpoints: each file there is written once.
LEDGER_ANCHOR_FOLDERS = env.list("LEDGER_ANCHOR_FOLDERS", default=[])
LEDGER_TSA_URL = env.str("LEDGER_TSA_URL", default="")
LEDGER_TSA_CERTIFICATES = env.str("LEDGER_TSA_CERTIFICATES", default="")

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
FILTERS_EMPTY_CHOICE_LABEL = "Any"
DJANGO_TABLES2_TEMPLATE = "components/table.html"

API_PERMISSIONS = ["rest_framework.permissions.IsAuthenticated", "apps.accounts.permissions.WithinScope"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": API_PERMISSIONS,
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.PagePagination",
    "DEFAULT_FILTER_BACKENDS": ["apps.core.queries.FilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Governance portal",
    "VERSION": "1",
    "SERVE_PERMISSIONS": API_PERMISSIONS,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.requests.close_bodies",
    ],
    # Fields of the same name with different choices need names of their own in the schema.
    "ENUM_NAME_OVERRIDES": {
        "AgreementType": "apps.agreements.models.Agreement.Type",
        "AgreementAnswer": "apps.agreements.models.Agreement.YesNoUnknown",
        "ConsentImportKind": "apps.consents.models.ConsentImport.Kind",
        "DueDiligenceConclusion": "apps.vendors.models.DueDiligence.Conclusion",
        "QuestionKind": "apps.vendors.models.Question.Kind",
        "RiskTier": "apps.vendors.models.Organisation.RiskTier",
        "InterestType": "apps.vendors.models.Interest.Type",
        "ClaimKind": "apps.disclosures.models.Claim.Kind",
        "RecipientClass": "apps.disclosures.recipients.RecipientClass",
        "OptOutOfferState": "apps.disclosures.models.OptOutOffer.State",
        "OptOutOfferChannel": "apps.disclosures.models.OptOutOffer.Channel",
        "StatementClaimKind": "apps.disclosures.models.StatementClaim.Kind",
        "OrganisationKind": "apps.vendors.models.Organisation.Kind",
        "PersonKind": "apps.vendors.models.Person.Kind",
        "CommentKind": "apps.workflow.models.Comment.Kind",
        "ChannelEnum": "apps.agreements.models.Transfer.Channel",
        "EntryKind": "apps.ledger.models.Entry.Kind",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "apps.core.middleware.RequestIdFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "loggers": {
        "governance.access": {"level": "INFO"},
        # Says nothing but how many requests wait for a thread, at each of them.
        "waitress.queue": {"level": "ERROR"},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
