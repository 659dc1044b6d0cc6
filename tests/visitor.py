"""A browser with cookies, forms and htmx's headers, for tests against the running program."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from types import TracebackType
from urllib.parse import urlencode, urlsplit

from tests.markup import Element, elements, find

HTMX = {"HX-Request": "true"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class NextForm:
    """The form that takes the next step: its address and its fields."""

    path: str
    fields: Mapping[str, str]

    def one_step_on(self) -> "NextForm":
        """Return the form of the step after, as the page's own script makes it."""
        return replace(self, path=re.sub(r"\d+(?=/$)", lambda number: str(int(number[0]) + 1), self.path))


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `pressed`: the form that it answers, which a short answer leaves on the page."""

    status: int
    headers: Mapping[str, str]
    text: str
    pressed: NextForm | None = None

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements of that kind; a trailing underscore in an attribute's name is dropped."""
        return find(elements(self.text), tag, **attributes)

    def one(self, tag: str, **attributes: str) -> Element:
        """Return the only element of that kind."""
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def next_form(self) -> NextForm | None:
        """The form that takes the next step, None if the page has none then."""
        for form in self.all("form", id="next"):
            return NextForm(urlsplit(form["action"]).path, fields_of(form))
        ids = {element["id"] for element in elements(self.text)}
        # The last step's answer brings another button, or all controls.
        goes_on = self.pressed is not None and "say" in ids and not ids & {"controls", "main-slot"}
        return self.pressed.one_step_on() if self.pressed and goes_on else None

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The execution table: the text of each cell, row by row."""
        return rows_of(self.text)


def rows_of(text: str) -> list[tuple[str, ...]]:
    """Return the rows of the execution table in a page or fragment, as texts."""
    rows = [element for element in elements(text) if element.tag == "tr" and element["id"][:4] == "row-"]
    return [tuple(cell.text for cell in row.children if cell.tag in ("th", "td")) for row in rows]


class Visitor:
    """One browser: keeps its cookies, sends the CSRF token that it was given."""

    def __init__(self, port: int) -> None:
        self.cookies: dict[str, str] = {}
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def twin(self) -> "Visitor":
        """Return a second tab: another connection with the same cookies."""
        other = Visitor(self._connection.port)
        other.cookies = dict(self.cookies)
        return other

    def request(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] = {}) -> Answer:
        """Send a request with the cookies, and keep those that come back."""
        try:
            self._connection.request(method, path, body, {**self._cookie_header(), **headers})
            response = self._connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException):
            # What is left of a broken answer must not be met by the next request.
            self._connection.close()
            raise
        if response.status >= 400:
            # A server may hang up on a form that it did not read.
            self._connection.close()
        for line in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Answer(response.status, response.headers, text)

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str] = {}, headers: Mapping[str, str] = HTMX) -> Answer:
        """Send a form as htmx does, or with other `headers` as they say; the CSRF token is added."""
        return self.request("POST", path, self._encoded(fields), {**FORM, **headers})

    def post_and_hang_up(self, path: str, fields: Mapping[str, str] = {}) -> None:
        """Send a form as htmx does, and close the connection without waiting for the answer."""
        self._connection.request("POST", path, self._encoded(fields), {**FORM, **HTMX, **self._cookie_header()})
        self._connection.close()

    def press(self, answer: Answer, headers: Mapping[str, str] = HTMX) -> Answer:
        """Press the "Next step" button of a page or of an answer to htmx."""
        form = answer.next_form
        assert form, f"no button in {answer.text}"
        return replace(self.post(form.path, form.fields, headers), pressed=form)

    def _cookie_header(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies} if cookies else {}

    def _encoded(self, fields: Mapping[str, str]) -> str:
        token = self.cookies.get("__Host-csrftoken") or self.cookies.get("csrftoken", "")
        return urlencode({"csrfmiddlewaretoken": token, **fields})

    def walk(self, slug: str, steps: int) -> Answer:
        """Open the lesson, press the button that many times and return the last answer; each must be 200."""
        answer = self.get(f"/lessons/{slug}/")
        for _ in range(steps):
            answer = self.press(answer)
            assert answer.status == 200, answer.text
        return answer


def press_once(tab: Visitor, answer: Answer) -> int:
    """Press the "Next step" button in a tab that is closed afterwards, and return the status."""
    with tab:
        return tab.press(answer).status


def fields_of(form: Element) -> dict[str, str]:
    """Return the form's own fields."""
    named = (element for element in form.descendants if element.tag == "input" and element["name"])
    return {element["name"]: element["value"] for element in named}
