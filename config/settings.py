"""Every setting of Passerelle, read from the environment; see docs/settings.md for the list.

PASSERELLE_ENV is `development` (the default), `test` or `production`. In production nothing
secret has a default: a missing one stops the start with its name.
"""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF  # noqa: F401
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env
from config.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = env.text("PASSERELLE_ENV", "development")
if ENVIRONMENT not in {"development", "test", "production"}:
    raise ImproperlyConfigured(f"PASSERELLE_ENV is {ENVIRONMENT!r}; use development, test or production.")
PRODUCTION = ENVIRONMENT == "production"
TESTING = ENVIRONMENT == "test"
DEBUG = env.flag("DEBUG", False) and not PRODUCTION

SECRET_KEY = env.text("SECRET_KEY", None if PRODUCTION else "development-only-not-a-secret-" + "0" * 32)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set the environment variable ALLOWED_HOSTS: it is required and has no default.")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# The address that links in mails begin with.
SITE_URL = env.text(
    "SITE_URL",
    f"https://{ALLOWED_HOSTS[0].lstrip('.*')}" if PRODUCTION else f"http://localhost:{env.number('PORT', 8000)}",
).rstrip("/")

DATA_DIR = Path(env.text("PASSERELLE_DATA_DIR", str(BASE_DIR / ".data")))

# --- Apps, from the bottom of the house to its top -------------------------------------------

INSTALLED_APPS = [
    "core",
    "accounts",
    "practitioners",
    "adoption",
    "coaching",
    "pilots",
    "web",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "django_structlog",
    "django_vite",
    "drf_spectacular",
    "knox",
    "pgtrigger",
    "pghistory",
    "post_office",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "core.health.HealthMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "core.api.middleware.ApiLane",  # REST requests go no further; what follows is for pages
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "web.middleware.UserLanguageMiddleware",
    "web.middleware.PrivatePagesMiddleware",
    "web.middleware.FormAddressMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "web.context.shell",
            ],
        },
    }
]

# --- Servers --------------------------------------------------------------------------------


DATABASES = {"default": env.database(env.text("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.text("CACHE_PREFIX", "passerelle"),
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "Europe/Brussels"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TASK_DEFAULT_QUEUE = env.text("CELERY_QUEUE", "passerelle")
# No task waits longer than this in an unacknowledged state, so a redelivery never doubles a live one.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
CELERY_WORKER_CONCURRENCY = env.number("CELERY_CONCURRENCY", 2)

# --- People ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapters.ClosedSignUpAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Languages, time ------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("nl", _("Dutch")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "web" / "locale"]
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "Europe/Brussels"

# --- Files ----------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "web" / "static" / "dist"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = DATA_DIR / "media"
DJANGO_VITE = {"default": {"manifest_path": BASE_DIR / "web" / "static" / "dist" / "manifest.json", "dev_mode": False}}

# --- Mail: written to the outbox in the transaction, sent by a task ---------------------------

# What sends them: SMTP, files in a folder, or any other of Django's backends.
MAIL_BACKEND = env.text(
    "MAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend" if PRODUCTION else "core.mail.FolderBackend"
)
EMAIL_BACKEND = "core.mail.OutboxBackend"
POST_OFFICE = {"BACKENDS": {"default": MAIL_BACKEND}, "DEFAULT_PRIORITY": "medium"}
EMAIL_FILE_PATH = Path(env.text("MAIL_FOLDER", str(DATA_DIR / "mail")))
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env.flag("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 30)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "passerelle@localhost")
# A mail that couldn't be sent is tried so often in all; the first pause, in seconds, doubles each time.
MAIL_TRIES = env.number("MAIL_TRIES", 10)
MAIL_RETRY_SECONDS = env.number("MAIL_RETRY_SECONDS", 60)
# Days after which mails that were sent or failed are forgotten; that they were written is kept for ever.
MAIL_KEEP_DAYS = env.number("MAIL_KEEP_DAYS", 90)

# --- REST -----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.permissions.HasTokenScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": [],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.ProblemAwareSchema",
    "EXCEPTION_HANDLER": "core.api.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNICODE_JSON": True,
    "COERCE_DECIMAL_TO_STRING": False,
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_MODEL": "accounts.ApiToken"}
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105
SPECTACULAR_SETTINGS = {
    "TITLE": "Passerelle",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],
}

# --- What it tells about itself ---------------------------------------------------------------

LOG_LEVEL = env.text("LOG_LEVEL", "WARNING" if TESTING else "INFO").upper()
LOGGING = logging_settings(json=PRODUCTION, level=LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10  # debug: the line at the end says everything
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# Prometheus's password for /metrics; without one production doesn't show them.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
PROMETHEUS_EXPORT_MIGRATIONS = False
if _folder := env.text("PROMETHEUS_MULTIPROC_DIR", ""):
    # Several web processes add up their numbers in files here.
    Path(_folder).mkdir(parents=True, exist_ok=True)

# --- Safety ---------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

if not PRODUCTION:
    # Where the front end isn't built yet every command would say so; in production it is a fault.
    SILENCED_SYSTEM_CHECKS = ["django_vite.W001", "staticfiles.W004"]

# --- Passerelle's own -------------------------------------------------------------------------

# Enrolments that one planner statement claims, plans and commits at a time.
PLANNER_BATCH_SIZE = env.number("PLANNER_BATCH_SIZE", 20000)
# Working days from an attempt without answer, or from a missed window, to the next attempt; one at least.
PLANNER_RETRY_DELAY_DAYS = max(1, env.number("PLANNER_RETRY_DELAY_DAYS", 2))
# The planner is late when its last finished run is older than this many hours (see /readyz).
PLANNER_LATE_AFTER_HOURS = env.number("PLANNER_LATE_AFTER_HOURS", 26)
# A planner run that has not finished after so many hours was cut off.
PLANNER_CUT_OFF_AFTER_HOURS = env.number("PLANNER_CUT_OFF_AFTER_HOURS", 2)
# A dry run on a page or over REST is cut short after so many seconds; what it looks at is locked meanwhile.
PLANNER_DRY_RUN_SECONDS = env.number("PLANNER_DRY_RUN_SECONDS", 15)
# A simulation reads the whole network into memory, about 1 KB for each enrolment; larger ones are refused.
SIMULATION_MOST_ENROLMENTS = env.number("SIMULATION_MOST_ENROLMENTS", 50000)
# Working days between two escalations of one enrolment.
PLANNER_ESCALATION_COOLDOWN_DAYS = env.number("PLANNER_ESCALATION_COOLDOWN_DAYS", 5)
# So many escalations at most until something is done: 3 are coach, coordinator and change manager; 0 is none.
PLANNER_ESCALATIONS_MOST = env.number("PLANNER_ESCALATIONS_MOST", 3)
# Who published at least so much a month on average, over so many months, and nothing in the last so many stopped.
PLANNER_LAPSE_MINIMUM_AVERAGE = max(0, env.number("PLANNER_LAPSE_MINIMUM_AVERAGE", 5))
PLANNER_LAPSE_MONTHS_BEFORE = max(1, env.number("PLANNER_LAPSE_MONTHS_BEFORE", 6))
# 0 switches the watch off.
PLANNER_LAPSE_SILENT_MONTHS = env.number("PLANNER_LAPSE_SILENT_MONTHS", 3)
# By segments made from older figures than this nothing is planned by itself; `plan_follow_ups --on` still does.
PLANNER_FIGURES_MAX_AGE_MONTHS = env.number("PLANNER_FIGURES_MAX_AGE_MONTHS", 12)
# Seconds for which a verified API token is remembered before the database is asked again.
TOKEN_CACHE_SECONDS = env.number("TOKEN_CACHE_SECONDS", 30)
