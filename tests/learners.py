"""Browsers of learners who have been here before."""

from uuid import UUID, uuid4

from django.http import HttpResponse
from django.test import Client

from tutor import learners


def remembered(client: Client, learner: UUID | None = None) -> Client:
    """Give a browser the cookie of a learner, by default of a new one, as its first page would have done."""
    answer = HttpResponse()
    learners._remember(answer, learner or uuid4())
    client.cookies.update(answer.cookies)
    return client
