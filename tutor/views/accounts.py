"""Logging in and out of the Studio, and changing one's password."""

import json
from math import ceil
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tutor.accounts import logins
from tutor.accounts.instructors import is_instructor
from tutor.accounts.logins import Guesser, TooManyGuesses
from tutor.learners import COOKIE_SECONDS
from tutor.views.shared.access import author_of, instructors_only, next_of
from tutor.views.shared.answers import page, see
from tutor.views.shared.choices import own_path

BROWSER_COOKIE = "known_browser"
BROWSER_SALT = "tutor.known_browser"


class LoginForm(AuthenticationForm):
    """Django's, whose guesses are counted; an account that may not write lessons is told so by its right password."""

    error_messages = {  # noqa: RUF012 - as Django's class has it
        **AuthenticationForm.error_messages,
        "invalid_login": "No account has this name and this password. Capital letters matter in both.",
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, if there may be one more guess. Raises: TooManyGuesses."""
        self.guesser: Guesser | None = None
        if "username" in self.cleaned_data and "password" in self.cleaned_data:
            self.guesser = _guesser(cast(HttpRequest, self.request), self.cleaned_data["username"])
            logins.claim_guess(self.guesser)
        return super().clean()

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Refuse an account that could do nothing here."""
        super().confirm_login_allowed(user)  # type: ignore[arg-type]
        if not is_instructor(user):
            raise ValidationError("This account may not write lessons. Ask those who run this site to let it.")


@sensitive_post_parameters("password", "kept_fields")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """Show the login, or log in and go on to where the instructor wanted to."""
    if request.method != "POST":
        return see(next_of(request)) if is_instructor(request.user) else _login_page(request)
    form = LoginForm(request, request.POST)
    try:
        if not form.is_valid():
            return _login_page(request, form, status=422)
    except TooManyGuesses as many:
        return _login_page(request, form, status=429, wait=many.seconds)
    login(request, form.get_user())
    if form.guesser:
        logins.forgive(form.guesser)
    request.session.clear_expired()
    return _remember_browser(request, form.get_user(), _welcome(request))


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session, here and now."""
    logout(request)
    return see(reverse("log_in"))


@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@instructors_only
def change_password(request: HttpRequest) -> HttpResponse:
    """Show the form, or change one's own password, which ends all other sessions of the account."""
    user = author_of(request)
    if request.method != "POST":
        return page(
            request, "studio/password.html", {"form": None, "wait": None, "is_changed": "changed" in request.GET}
        )
    form, guesser = PasswordChangeForm(user, request.POST), _guesser(request, user.username)
    try:
        logins.claim_guess(guesser)
    except TooManyGuesses as many:
        return _held_back(page(request, "studio/password.html", _refusal(None, many.seconds), status=429), many.seconds)
    if "old_password" not in form.errors:
        logins.forgive(guesser)
    if not form.is_valid():
        return page(request, "studio/password.html", _refusal(form), status=422)
    form.save()
    update_session_auth_hash(request, user)
    return see(f"{reverse('change_password')}?changed")


def _login_page(
    request: HttpRequest, form: LoginForm | None = None, *, status: int = 200, wait: int | None = None
) -> HttpResponse:
    """Render the login; `wait` in seconds says that there were too many guesses."""
    kept = {name: request.POST[name] for name in ("kept_path", "kept_fields") if name in request.POST}
    context = {**_refusal(form, wait), "next": next_of(request), "kept": kept}
    response = page(request, "studio/login.html", context, status=status, ask_broker=False)
    return _held_back(response, wait) if wait else response


def _refusal(form: AuthenticationForm | PasswordChangeForm | None, wait: int | None = None) -> dict[str, Any]:
    return {"form": form, "wait": ceil(wait / 60) if wait else None, "is_changed": False}


def _held_back(response: HttpResponse, seconds: int) -> HttpResponse:
    response.headers["Retry-After"] = str(seconds)
    return response


def _welcome(request: HttpRequest) -> HttpResponse:
    """Go on, or offer to send what was kept when a session had ended."""
    path, fields = own_path(request, request.POST.get("kept_path")), _kept_fields(request)
    if fields is None:
        return see(next_of(request))
    return page(request, "studio/again.html", {"path": path, "fields": fields, "next": next_of(request)})


def _kept_fields(request: HttpRequest) -> list[tuple[str, str]] | None:
    try:
        fields = json.loads(request.POST.get("kept_fields", ""))
        return [(str(name), str(value)) for name, value in fields]
    except (ValueError, TypeError, RecursionError):
        return None


def _guesser(request: HttpRequest, name: str) -> Guesser:
    browser = request.get_signed_cookie(
        BROWSER_COOKIE, default="", salt=f"{BROWSER_SALT}.{name}", max_age=COOKIE_SECONDS
    )
    return Guesser(name, _address_of(request), browser or "")


def _address_of(request: HttpRequest) -> str:
    """Return the visitor's address: what our own proxy wrote last behind TLS, where the connection comes from else.

    What stands before it in the header is what the visitor claims.
    """
    claimed = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_TLS else ""
    return claimed.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def _remember_browser(request: HttpRequest, user: AbstractBaseUser, response: HttpResponse) -> HttpResponse:
    """Mark the browser as one that this instructor logged in with: others' wrong guesses do not hold it back."""
    name = user.get_username()
    response.set_signed_cookie(
        BROWSER_COOKIE,
        _guesser(request, name).browser or get_random_string(32),
        salt=f"{BROWSER_SALT}.{name}",
        max_age=COOKIE_SECONDS,
        path=reverse("studio"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
