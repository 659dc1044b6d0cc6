"""Logging in and out of the Studio, and changing one's password."""

from collections.abc import Mapping
from typing import Any, cast

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
from tutor.quotas.visitors import address_of
from tutor.site import cookies
from tutor.views.shared.access import author_of, instructors_only
from tutor.views.shared.answers import page, see
from tutor.views.shared.login import KEPT_PATH, kept_fields, kept_form, login_page, minutes, page_after_login
from tutor.views.shared.parameters import own_path

BROWSER_SALT = "tutor.known_browser"


class LoginForm(AuthenticationForm):
    """Django's login form, with guesses counted; the right password of an account without the right says so."""

    error_messages = {  # noqa: RUF012 - as Django's class has it
        **AuthenticationForm.error_messages,
        "invalid_login": "No account has this name and this password. Capital letters matter in both.",
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, if one more guess is allowed. Raises: TooManyGuesses."""
        self.guesser: Guesser | None = None
        # Without both fields no password is checked, so nothing is guessed.
        if "username" in self.cleaned_data and "password" in self.cleaned_data:
            self.guesser = _guesser(cast(HttpRequest, self.request), self.cleaned_data["username"])
            logins.claim_guess(self.guesser)
        return super().clean()

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Refuse an account that could do nothing here."""
        super().confirm_login_allowed(user)  # type: ignore[arg-type]
        if not is_instructor(user):
            raise ValidationError("This account may not write lessons. Ask the administrators of this site for access.")


@sensitive_post_parameters("password", "kept_fields")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """Show the login, or log in and continue to the page that the instructor asked for."""
    if request.method != "POST":
        return see(page_after_login(request)) if is_instructor(request.user) else _login_page(request, {"form": None})
    form = LoginForm(request, request.POST)
    try:
        is_valid = form.is_valid()
    except TooManyGuesses as many:
        return _after(_login_page(request, {"form": form, "wait": minutes(many.seconds)}, status=429), many.seconds)
    return _logged_in(request, form) if is_valid else _login_page(request, {"form": form}, status=422)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session in this browser."""
    logout(request)
    return see(reverse("log_in"))


@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@instructors_only
def change_password(request: HttpRequest) -> HttpResponse:
    """Show the form, or change one's own password, which ends all other sessions of the account."""
    if request.method != "POST":
        return _password_page(request, {"form": None, "is_changed": "changed" in request.GET})
    form = PasswordChangeForm(author_of(request), request.POST)
    try:
        _count_old_password(request, form)
    except TooManyGuesses as many:
        return _after(_password_page(request, {"form": None, "wait": minutes(many.seconds)}, status=429), many.seconds)
    if not form.is_valid():
        return _password_page(request, {"form": form}, status=422)
    form.save()
    # Sessions carry a hash of the password; without this line, the change would log this browser out as well.
    # https://docs.djangoproject.com/en/5.2/topics/auth/default/#session-invalidation-on-password-change
    update_session_auth_hash(request, form.user)
    return see(f"{reverse('change_password')}?changed")


def _count_old_password(request: HttpRequest, form: PasswordChangeForm) -> None:
    """Count a guess before the old password is checked; the right one clears the count. Raises: TooManyGuesses."""
    guesser = _guesser(request, author_of(request).username)
    logins.claim_guess(guesser)
    if "old_password" not in form.errors:
        logins.forgive(guesser)


def _login_page(request: HttpRequest, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    return login_page(request, {"wait": None, **context}, kept=kept_form(request), status=status)


def _password_page(request: HttpRequest, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    return page(request, "studio/password.html", {"wait": None, "is_changed": False, **context}, status=status)


def _after(response: HttpResponse, seconds: int) -> HttpResponse:
    response.headers["Retry-After"] = str(seconds)
    return response


def _logged_in(request: HttpRequest, form: LoginForm) -> HttpResponse:
    user = form.get_user()
    login(request, user)
    if form.guesser:
        logins.forgive(form.guesser)
    # Nothing else deletes expired sessions (https://docs.djangoproject.com/en/5.2/ref/django-admin/#clearsessions).
    request.session.clear_expired()
    return _remember_browser(request, user, _welcome(request))


def _welcome(request: HttpRequest) -> HttpResponse:
    """Continue, or offer to send the form again that was kept when a session had ended."""
    fields, following = kept_fields(request), page_after_login(request)
    if fields is None:
        return see(following)
    path = own_path(request, request.POST.get(KEPT_PATH))
    return page(request, "studio/again.html", {"path": path, "fields": fields, "next": following})


def _guesser(request: HttpRequest, name: str) -> Guesser:
    salt = f"{BROWSER_SALT}.{name}"
    browser = cookies.sent_signed(request, cookies.KNOWN_BROWSER, salt, cookies.COOKIE_SECONDS)
    return Guesser(name, address_of(request), browser)


def _remember_browser(request: HttpRequest, user: AbstractBaseUser, response: HttpResponse) -> HttpResponse:
    """Mark the browser as one that this instructor logged in with, so that wrong guesses elsewhere do not block it."""
    name = user.get_username()
    response.set_signed_cookie(
        cookies.full_name(cookies.KNOWN_BROWSER),
        _guesser(request, name).browser or get_random_string(32),
        salt=f"{BROWSER_SALT}.{name}",
        **cookies.attributes(cookies.KNOWN_BROWSER),
    )
    return response
