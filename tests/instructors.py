"""Fixtures for tests of the Studio: instructors, and browsers in which they are logged in."""

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from tests.markup import Element, elements, find
from tutor.accounts import instructors as accounts

PASSWORD = "violets under a tin roof"


def instructor(name: str = "ins") -> User:
    """Return a new account that may write lessons."""
    return accounts.make_instructor(name, PASSWORD)


def logged_in(user: User) -> Client:
    """Return a browser in which this account is logged in."""
    client = Client()
    client.force_login(user)
    return client


def log_in(client: Client, name: str = "ins", password: str = PASSWORD, **fields: str) -> HttpResponse:
    """Send the login's form."""
    return client.post("/studio/login/", {"username": name, "password": password, **fields})


def the(answer: HttpResponse, tag: str, **attributes: str) -> Element:
    """Return the only element of that kind on the page."""
    (found,) = find(elements(answer.content.decode()), tag, **attributes)
    return found


def alert_of(answer: HttpResponse) -> str:
    """Return the page's message about the refusal."""
    (found,) = (element for element in elements(answer.content.decode()) if element["role"] == "alert")
    return found.text
