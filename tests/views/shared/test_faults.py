"""The table of faults: the status and the notice of each kind, the same for pages and for htmx."""

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from tests.views.stepping import HTMX
from tutor.engine.errors import BrokerAway, BrokerLacks, PlayFailed, StepOutOfOrder
from tutor.runs import NoSuchRun, RunOutOfOrder
from tutor.series import OutOfOrder
from tutor.studio.drafts import CannotBeKept
from tutor.views.shared.faults import FAULTS, FaultMiddleware


def answer_to(fault: Exception, **headers: str):
    request = RequestFactory().post("/live/publish/", {"text": "hello"}, headers=headers)
    return FaultMiddleware(lambda _: None).process_exception(request, fault)


@pytest.mark.parametrize(
    ("fault", "status", "sentence"),
    [
        (BrokerAway("no answer"), 503, "The Redis server does not answer."),
        (BrokerLacks("this server has no streams"), 503, "This server has no streams. Nothing was run"),
        (PlayFailed("step 3 failed."), 409, "Step 3 failed. Nothing was recorded"),
        (OperationalError("locked"), 503, "The database is busy or not available."),
        (StepOutOfOrder(), 409, "This page is not at your latest step."),
        (RunOutOfOrder(), 409, "This page is not at your latest step."),
        (OutOfOrder(), 409, "You have gone on elsewhere."),
        (CannotBeKept("The text has a NUL character."), 409, "<p>The text has a NUL character.</p>"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_fault_is_answered_with_its_status_and_its_notice(fault, status, sentence, headers):
    answer = answer_to(fault, **headers)
    assert answer.status_code == status
    assert sentence in answer.content.decode()


def test_a_missing_thing_is_answered_as_a_missing_page():
    assert answer_to(NoSuchRun()).status_code == 404


def test_an_unexpected_exception_is_left_to_django():
    assert answer_to(ZeroDivisionError()) is None


def test_only_a_fault_that_may_pass_offers_the_same_form_again():
    assert "Try again" in answer_to(BrokerAway("no answer")).content.decode()
    assert "Try again" not in answer_to(CannotBeKept("too long")).content.decode()


def test_no_kind_hides_one_of_its_subclasses():
    kinds = list(FAULTS)
    hidden = [(kind, later) for i, kind in enumerate(kinds) for later in kinds[i + 1 :] if issubclass(later, kind)]
    assert hidden == []
