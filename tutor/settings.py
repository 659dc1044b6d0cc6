"""Django's settings, read from the environment; a missing or wrong value ends the start with a sentence.

In production SECRET_KEY and ALLOWED_HOSTS (comma-separated) are required. Optional: DEBUG, BEHIND_TLS, DATABASE_URL,
REDIS_URL, LESSONS_DIR, TUTOR_VAR, LOG_LEVEL, LIMITS and LIMIT_….
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.log import CallbackFilter

from tutor.databases.limits import BUSY_SECONDS
from tutor.quotas.kinds import Limits, limits_from
from tutor.quotas.rates import BadLimit
from tutor.server_urls.database_url import checked_database_url
from tutor.server_urls.parts import BadUrl
from tutor.server_urls.redis_url import checked_redis_url

BASE_DIR = Path(__file__).resolve().parent.parent


def _switch(name: str) -> bool:
    """Read an on/off variable; unset and empty are off."""
    text = os.environ.get(name, "").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"", "0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {text!r}. Set it to 1 or 0.")


def _required(name: str, *, example: str) -> str:
    """Read a variable that production requires; in DEBUG it may be empty."""
    text = os.environ.get(name, "").strip()
    if text or DEBUG:
        return text
    raise ImproperlyConfigured(f"{name} is not set. Set it to {example}, or set DEBUG=1 on a developer's computer.")


def _folder(name: str, default: Path) -> Path:
    """Read a variable that names a folder."""
    return Path(os.environ.get(name) or default).resolve()


def _url(name: str, checked: Callable[[str], str]) -> str:
    """Read a variable that may hold the address of a server."""
    text = os.environ.get(name, "").strip()
    try:
        return checked(text) if text else ""
    except BadUrl as problem:
        raise ImproperlyConfigured(str(problem)) from None


def _log_level() -> str:
    """Read LOG_LEVEL."""
    text = os.environ.get("LOG_LEVEL", "").strip().upper() or "INFO"
    if text not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"LOG_LEVEL is {text!r}. Set it to DEBUG, INFO, WARNING or ERROR.")
    return text


def _limits() -> Limits:
    """Read LIMITS and the variables that begin with LIMIT_."""
    try:
        return limits_from(os.environ)
    except BadLimit as problem:
        raise ImproperlyConfigured(str(problem)) from None


def _database() -> dict[str, Any]:
    """Read DATABASE_URL, and add what each of the two databases needs for many small concurrent transactions."""
    url = _url("DATABASE_URL", checked_database_url)
    if not url:
        _make_private(TUTOR_VAR)
    database = dict(dj_database_url.parse(url or f"sqlite:///{quote(str(TUTOR_VAR / 'db.sqlite3'))}"))
    if str(database["ENGINE"]).endswith("sqlite3"):
        database["ENGINE"] = "tutor.databases.sqlite"
        # Without IMMEDIATE, a transaction that reads and then writes gets "database is locked" at once.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        # A file instead of memory, so that tests of concurrency use the same locks as production.
        database["TEST"] = {"NAME": str(TUTOR_VAR / "test.sqlite3")}
        database["CONN_MAX_AGE"] = None
    else:
        database["ENGINE"] = "tutor.databases.postgresql"
        # For commands; a request's own time is shorter. Options of a session, such as lock_timeout, are for the
        # server's administrator: PgBouncer refuses them in transaction mode.
        database["OPTIONS"] = {"connect_timeout": 5} | cast(dict[str, Any], database.get("OPTIONS", {}))
        database["CONN_MAX_AGE"] = 600
        database["CONN_HEALTH_CHECKS"] = True
        # A cursor on the server lives in a session, which PgBouncer does not keep.
        database["DISABLE_SERVER_SIDE_CURSORS"] = True
    return database


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise ImproperlyConfigured(
            f"TUTOR_VAR is {folder}, which can't be made: {problem.strerror}. Choose a folder that can be written."
        ) from None


def _without_traceback(record: logging.LogRecord) -> bool:
    """Log a record as one line: a stranger's odd request is expected, and its traceback is not informative."""
    record.exc_info = None
    return True


DEBUG = _switch("DEBUG")
SECRET_KEY = _required("SECRET_KEY", example="50 or more random characters that stay secret")
if not SECRET_KEY:
    SECRET_KEY = "insecure: no secret is kept while DEBUG is on"  # noqa: S105 - says so itself
_hosts = _required("ALLOWED_HOSTS", example="the site's host names, such as tutor.example.org")
ALLOWED_HOSTS = [host.strip() for host in _hosts.split(",") if host.strip()]

# Our own settings.

# The only folder the program writes to: database, static files, secret key, embedded server. Ignored by git.
TUTOR_VAR = _folder("TUTOR_VAR", BASE_DIR / "var")

# Where the lessons' YAML files are.
LESSONS_DIR = _folder("LESSONS_DIR", BASE_DIR / "lessons")

# The Redis that lessons are played on (redis://, rediss:// or unix://). Empty: the embedded server is started.
REDIS_URL = _url("REDIS_URL", checked_redis_url)

# Whether visitors come through a proxy that speaks HTTPS and sets X-Forwarded-Proto and X-Forwarded-For itself.
BEHIND_TLS = _switch("BEHIND_TLS")

# How much one learner and one address can ask for and store (tutor/quotas/kinds.py has the table).
LIMITS = _limits()

# Django's.

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "tutor",
]

# Middleware that only sets headers comes before WhiteNoise, which answers static files without the rest. Ours is the
# first, because SecurityMiddleware answers too: it redirects to HTTPS, and refuses an unknown host on the way. GZip
# comes after WhiteNoise, because static files are compressed once, when they are collected.
MIDDLEWARE = [
    "tutor.site.headers.PolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tutor.site.compression.CompressionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tutor.site.cookies.CookieMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tutor.learners.LearnerMiddleware",
    "tutor.views.shared.limits.LimitMiddleware",
    "tutor.views.shared.faults.FaultMiddleware",
]

ROOT_URLCONF = "tutor.urls"
WSGI_APPLICATION = "tutor.wsgi.application"
DATABASES = {"default": _database()}

# The second cuts long texts: an answer that would be too large is rendered again by it (views/shared/answers.py).
TEMPLATES = [
    {
        # Three times as fast as Django's own templates on the fragment that a step answers with.
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": name,
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": f"tutor.site.jinja.{environment}", "autoescape": True, "auto_reload": DEBUG},
    }
    for name, environment in (("jinja2", "environment"), ("brief", "brief_environment"))
]

# Every process that serves learners has threads that sweep corners, make checkpoints and prepare work (tutor/wsgi.py).
BACKGROUND_THREADS = True

# Checks, proofs and other work of a length that authors decide runs in processes of its own (tutor/apart/).
WORK_APART = True

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = TUTOR_VAR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "tutor.site.static_files.HashedStaticFiles"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
# Other sites must not load our fonts, scripts or pages.
WHITENOISE_ALLOW_ALL_ORIGINS = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# Instructors. Learners have no session: their pages never look for one.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "tutor.accounts.passwords.GuessesValidator"},
]
LOGIN_URL = "log_in"
LOGIN_REDIRECT_URL = "studio"
# With this prefix, browsers accept a cookie only from this host and only over HTTPS (tutor/site/cookies.py).
COOKIE_PREFIX = "__Host-" if BEHIND_TLS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}instructor"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# The last two are Django's own.
FILE_UPLOAD_HANDLERS = [
    "tutor.site.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tutor.views.shared.faults.form_refused"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
# HSTS preloading is a promise for the whole domain, which its owner must make, not one program on it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"without_traceback": {"()": CallbackFilter, "callback": _without_traceback}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "stderr_one_line": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_traceback"],
        },
    },
    "root": {"handlers": ["stderr"], "level": _log_level()},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.security": {"handlers": ["stderr_one_line"], "propagate": False},
    },
}
