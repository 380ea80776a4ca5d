"""All settings, in reading order, from the environment. ``make run`` and the tests set the
environment of a demonstration; docs/operations/settings.md lists every variable."""

from datetime import timedelta
from pathlib import Path

import pgtrigger
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from cdp import environment as env
from cdp.unfold import UNFOLD  # noqa: F401  django-unfold looks for it here

BASE_DIR = Path(__file__).resolve().parent.parent

# --- What runs here, and with which secrets -------------------------------------------------------

DEMO = env.flag("CDP_DEMO")
"""Demo keys, demo passwords and the mail page exist only where this is set."""

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
ENCRYPTION_KEYS = env.key_ring("ENCRYPTION_KEYS")
BLIND_INDEX_KEY = env.key("BLIND_INDEX_KEY")
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / ".data"))).resolve()
PUBLIC_URL = env.text("PUBLIC_URL", "http://localhost:8000").rstrip("/")

if not DEMO and (len(SECRET_KEY) < 32 or SECRET_KEY.startswith(("demo", "test", "insecure"))):
    raise ImproperlyConfigured(
        "SECRET_KEY is short or a demonstration's: set one made with 'openssl rand -base64 48'."
    )

# --- The path of an event, and who holds personal data --------------------------------------------
# The only two ways upward between the apps. cdp/checks.py verifies both at every start.

EVENT_STAGES = [
    "profiles.stages.parse",
    "profiles.stages.drop_duplicates",
    "profiles.stages.gate_on_consent",
    "profiles.stages.resolve_identity",
    "profiles.stages.store_events",
    "profiles.stages.derive_attributes",
    "segments.stages.evaluate_live",
    "recommendations.stages.observe",
]

SUBJECT_DATA = [
    "recommendations.privacy.SubjectData",
    "segments.privacy.SubjectData",
    "profiles.privacy.SubjectData",
    "consent.privacy.SubjectData",
]

# --- Applications ---------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.guardian",
    "cdp.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "guardian",
    "pgtrigger",
    "pghistory",
    "csp",
    "consent",
    "profiles",
    "segments",
    "recommendations",
    "cdp.apps.RoofConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "cdp.paths.HotPathMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pghistory.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "cdp.urls"
WSGI_APPLICATION = "cdp.wsgi.application"

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
            ],
        },
    },
]

# --- Database, cache, broker ----------------------------------------------------------------------

DATABASES = {
    "default": env.database("DATABASE_URL")
    | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.number("WORKER_CONCURRENCY", 1)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    # A killed worker's task comes back in seconds, not after the default ~100 s sweep.
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "profiles: snapshot completeness": {
        "task": "profiles.tasks.snapshot_completeness",
        "schedule": crontab(minute="15", hour="*"),
    },
    "profiles: tidy the inbox": {
        "task": "profiles.tasks.tidy",
        "schedule": timedelta(minutes=10),
    },
    "profiles: tidy receipts": {
        "task": "profiles.tasks.tidy_receipts",
        "schedule": crontab(minute="40", hour="2"),
    },
    "segments: recompute memberships": {
        "task": "segments.tasks.recompute",
        "schedule": timedelta(minutes=10),
    },
    "segments: find clusters": {
        "task": "segments.tasks.find_clusters",
        "schedule": crontab(minute="30", hour="3"),
    },
    "recommendations: train": {
        "task": "recommendations.tasks.train",
        "schedule": crontab(minute="0", hour="4"),
    },
    "consent: carry on open requests": {
        "task": "consent.tasks.carry_on",
        "schedule": timedelta(minutes=1),
    },
}

# --- Privacy requests -----------------------------------------------------------------------------

PRIVACY_AUTO_APPROVE = env.flag("PRIVACY_AUTO_APPROVE")
"""Deletion runs as soon as its asker has confirmed it, without a member of staff approving."""

# --- Limits of the product ------------------------------------------------------------------------

COLLECT_MAX_BODY = 5 * 1024 * 1024  # a rudder-sdk-python batch may be 4 MB
COLLECT_MAX_EVENT = 32 * 1024
COLLECT_MAX_BATCH = 2_500
COLLECT_MAX_RATE = env.number("COLLECT_MAX_RATE", 2_000)  # requests a second, by key and process
DATA_UPLOAD_MAX_MEMORY_SIZE = COLLECT_MAX_BODY
DIGEST_MAX_REQUESTS = env.number("DIGEST_MAX_REQUESTS", 200)

# --- Processes and what they need of the database -------------------------------------------------

WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", 2)
WEB_THREADS = env.number("WEB_THREADS", 8)
DIGESTS = env.number("DIGESTS", 1)
REQUIRE_DURABLE_DATABASE = env.flag("REQUIRE_DURABLE_DATABASE", default=True)
READY_MAX_LAG = env.number("READY_MAX_LAG", 60)

# --- Sign-in and permissions ----------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
GUARDIAN_RAISE_403 = True
ANONYMOUS_USER_NAME = None
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# --- Security headers and cookies -----------------------------------------------------------------

SECURE_COOKIES = env.flag("SECURE_COOKIES", default=not DEMO)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=not DEMO)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- Static files, mail, language, time -----------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "cdp" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEMO
MEDIA_ROOT = DATA_DIR / "media"

EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "consent.requests.demo_mail.Backend" if DEMO else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "privacy@localhost")

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "cdp.formats"
USE_TZ = True
TIME_ZONE = "UTC"

# --- REST, its description, logs ------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["consent.access.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["consent.access.authentication.HasScope"],
    "DEFAULT_PAGINATION_CLASS": "cdp.lib.paging.Cursor",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cdp.lib.errors.drf_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Customer data and personalisation",
    "DESCRIPTION": "Collect events, read profiles, segments and recommendations, record consent.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Addresses served by plain Django views describe themselves.
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "profiles.rest.schema.describe",
        "recommendations.rest.schema.describe",
    ],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"event": {"()": "cdp.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "event"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
PGHISTORY_APPEND_ONLY = True
PGHISTORY_LEVEL = pgtrigger.Statement
