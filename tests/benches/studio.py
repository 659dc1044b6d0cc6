"""The Studio's check: keeping, reading, playing and proving an instructor's text, and marking its problems."""

import json
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.backends.db import SessionStore

from tests.benches import site
from tests.benches.caller import Learner
from tests.benches.figures import Figure, median, p95
from tests.benches.requests import checked
from tests.lessons import OURS
from tutor.studio import drafts

ROUNDS, WARM_UP = 30, 3

LIMIT_MS = 200


def checks() -> Iterator[Figure]:
    """Measure checks of the longest of our lessons, each with one more comment than the last."""
    path = max(OURS, key=lambda each: each.stat().st_size)
    instructor, source = _instructor(), path.read_text()
    drafts.begin("bench", source, User.objects.get(username="bench"))
    page = instructor.get(site.application, "/studio/drafts/bench/")
    weight = len(page.wire)
    times: list[float] = []
    for number in range(ROUNDS + WARM_UP):
        typed = f"{source}# {number}\n"
        answer = checked(instructor.post(site.application, "/studio/drafts/bench/check/", source=typed, base="1"))
        if not json.loads(answer.text)["is_sound"]:
            raise RuntimeError(f"the check found something: {answer.text[:500]}")
        times.append(answer.microseconds / 1000)
    label = f"the Studio's check of {path.name} ({source.count(chr(10))} lines)"
    yield Figure("studio_check_ms_p50", f"{label}, median", median(times[WARM_UP:]), "ms")
    yield Figure("studio_check_ms_p95", "the same, p95", p95(times[WARM_UP:]), "ms", most=LIMIT_MS)
    yield Figure("studio_page_bytes", "the editor's page with that lesson, compressed", weight, "bytes")


def _instructor() -> Learner:
    """Return the browser of an instructor who is logged in."""
    user = User.objects.create_user("bench")
    user.user_permissions.add(Permission.objects.get(codename="write_lessons"))
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
    )
    session.save()
    instructor = Learner()
    instructor.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return instructor
