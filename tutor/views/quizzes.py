"""The quiz and the practice of a lesson: a page of questions beside the table, answers, hints, solutions and proofs."""

from collections.abc import Mapping, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from tutor import glossary
from tutor.assessment import proofs, questions, quizzes
from tutor.assessment.cards import Card, UnsentAnswer
from tutor.assessment.questions import TITLES, Part, PlacedQuestion
from tutor.assessment.quizzes import HelpKind, Sheet, Standing
from tutor.drawing import stage
from tutor.drawing.stage import Stage
from tutor.learners import learner_of
from tutor.onward import after
from tutor.past_steps import newest_run
from tutor.progress import parts_of
from tutor.prose import ShownLesson
from tutor.same import Same
from tutor.views.shared.answers import is_htmx, page, partials, see
from tutor.views.shared.kept_answers import Own, Sketch, kept_partials
from tutor.views.shared.parameters import one_of
from tutor.views.shared.stages import stage_with_rows


@require_safe
def part(request: HttpRequest, slug: str, part: Part) -> HttpResponse:
    """Show the questions of a part beside the table; `?look=` lights the rows of one question, by its id or number."""
    return _page(request, quizzes.sheet_of(learner_of(request), slug), part, fresh=request.GET.get("look", ""))


@require_POST
def submit_answer(request: HttpRequest, slug: str, part: Part, question: str, attempt: int) -> HttpResponse:
    """Mark and store an answer, or answer with the stored one; a press of a move button only moves a line."""
    sheet, asked = _asked(request, slug, part, question)
    moved = questions.order_in(request.POST, asked.question)
    if moved:
        pending = UnsentAnswer(moved, moved=request.POST["move"])
        return _pending_answer(request, sheet, quizzes.standing(sheet, asked), pending)
    answer = questions.answer_in(request.POST, asked.question)
    standing = quizzes.submit(sheet, asked, attempt, answer)
    if attempt == standing.next_number:
        pending = UnsentAnswer(request.POST.get("answer"), please=asked.question.please)
        return _pending_answer(request, sheet, standing, pending)
    return _answer(request, sheet, standing)


@require_POST
def ask_help(request: HttpRequest, slug: str, part: Part, question: str) -> HttpResponse:
    """Show the hint or the answer, and record the request."""
    sheet, asked = _asked(request, slug, part, question)
    kind = _kind(request)
    standing = quizzes.show_help(sheet, asked, kind)
    if kind == "hint" and is_htmx(request):
        card = Card(sheet, standing, focus="data-focus")
        return partials(request, "quizzes/_hint_answer.html", {"card": card})
    return _answer(request, sheet, standing)


@require_POST
def prove_answer(request: HttpRequest, slug: str, part: Part, question: str) -> HttpResponse:
    """Run the proof of an answered question now, or what gives a wrong choice, and show the result."""
    sheet, asked = _asked(request, slug, part, question)
    standing, proof = quizzes.provable(sheet, asked, request.POST.get("choice", ""))
    context = {
        "lesson": ShownLesson(sheet.lesson, slug),
        "part": part,
        "parts": parts_of(sheet.learner, slug, sheet.lesson),
        "card": Card(sheet, standing),
        "proof": proofs.prove(proof, sheet.lesson),
    }
    quizzes.note_proof(sheet, asked)
    return page(request, "quizzes/proof.html", context)


def _asked(request: HttpRequest, slug: str, part: Part, question: str) -> tuple[Sheet, PlacedQuestion]:
    sheet = quizzes.sheet_of(learner_of(request), slug)
    return sheet, questions.find_in(sheet.lesson, part, question)


_KINDS: Sequence[HelpKind] = ("hint", "solution")


def _kind(request: HttpRequest) -> HelpKind:
    kind = one_of(_KINDS, request.POST.get("kind"))
    if kind is None:
        raise Http404
    return kind


def _answer(request: HttpRequest, sheet: Sheet, standing: Standing) -> HttpResponse:
    card = Card(sheet, standing, is_fresh=True, focus="data-focus")
    return _card_answer(request, card) if is_htmx(request) else see(card.page_url)


def _pending_answer(request: HttpRequest, sheet: Sheet, standing: Standing, pending: UnsentAnswer) -> HttpResponse:
    if is_htmx(request):
        return _card_answer(request, Card(sheet, standing, pending, is_fresh=True, focus="data-focus"))
    return _page(request, sheet, standing.asked.part, fresh=standing.asked.id, pending=pending)


def _card_answer(request: HttpRequest, card: Card) -> HttpResponse:
    asked, sheet = card.standing.asked, card.sheet
    progress = quizzes.progress(sheet, asked.part) if card.standing.is_revealed else None

    def context() -> Mapping[str, object]:
        onward = after(sheet.slug, sheet.lesson, asked.part)
        return {"card": card, "lesson": ShownLesson(sheet.lesson, sheet.slug), "progress": progress, "onward": onward}

    sketch = Sketch("quizzes/_answer.html", (Same(glossary.current()), card.content, progress), context)
    return kept_partials(request, sketch, Own()) or partials(request, sketch.template, context())


def _page(
    request: HttpRequest, sheet: Sheet, part: Part, *, fresh: str = "", pending: UnsentAnswer | None = None
) -> HttpResponse:
    shown = _table(sheet)
    standings = quizzes.standings(sheet, part)
    found = [_card(sheet, standing, fresh, pending) for standing in standings]
    lit = [step for card in found if card.is_fresh for step in card.lit]
    context = {
        "lesson": ShownLesson(sheet.lesson, sheet.slug),
        "part": part,
        "parts": parts_of(sheet.learner, sheet.slug, sheet.lesson),
        "title": TITLES[part],
        "cards": found,
        "progress": quizzes.progress_in(standings),
        "onward": after(sheet.slug, sheet.lesson, part),
        "stage": stage.aside(shown, lit),
        "has_table": any(card.question.steps for card in found),
        "scripts": questions.scripts_of(card.question for card in found),
    }
    return page(request, "quizzes/part.html", context)


def _card(sheet: Sheet, standing: Standing, fresh: str, pending: UnsentAnswer | None) -> Card:
    is_fresh = fresh in (standing.asked.id, str(standing.asked.number))
    if is_fresh and pending:
        return Card(sheet, standing, pending, is_fresh=True, focus="autofocus")
    # The fragment of the address leads to the card, and autofocus would win over it.
    return Card(sheet, standing, is_fresh=is_fresh)


def _table(sheet: Sheet) -> Stage:
    run = newest_run(sheet.learner, sheet.slug)
    return stage_with_rows(run) if run else Stage(sheet.lesson, sheet.slug, None, 0, 0, None)
