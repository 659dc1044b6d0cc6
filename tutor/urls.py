"""Addresses; each URL is named like its view."""

from django.urls import path, register_converter

from tutor.assessment.questions import PARTS
from tutor.views import (
    accounts,
    draft_questions,
    draft_teeth,
    drafts,
    lessons,
    live,
    pages,
    predictions,
    quizzes,
    runs,
    sessions,
    sharing,
    sittings,
    studio,
)


class PartConverter:
    """A part of a lesson that has questions."""

    regex = "|".join(PARTS)

    def to_python(self, value: str) -> str:
        """Return the part's name as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the part's name as it is."""
        return value


register_converter(PartConverter, "part")

# Django tries one after the other, so that those of each click come first.
urlpatterns = [
    path("runs/<uuid:run_id>/steps/<int:position>/", runs.take_step, name="take_step"),
    path("runs/<uuid:run_id>/predictions/<int:position>/", predictions.predict_step, name="predict_step"),
    path("lessons/<slug:slug>/runs/", runs.start_run, name="start_run"),
    path(
        "lessons/<slug:slug>/<part:part>/<slug:question>/attempts/<int:attempt>/",
        quizzes.submit_answer,
        name="submit_answer",
    ),
    path("", lessons.catalogue, name="catalogue"),
    path("path/end/", lessons.path_end, name="path_end"),
    path("lessons/<slug:slug>/", lessons.lesson, name="lesson"),
    path("lessons/<slug:slug>/steps/<slug:step>/", sharing.shared_step, name="shared_step"),
    path("lessons/<slug:slug>/result/", sharing.result_link, name="result_link"),
    path("lessons/<slug:slug>/result/link/", sharing.make_result_link, name="make_result_link"),
    path("lessons/<slug:slug>/result/revoke/", sharing.revoke_result_link, name="revoke_result_link"),
    path("results/<slug:token>/", sharing.shown_result, name="shown_result"),
    path("lessons/<slug:slug>/sessions/<slug:session>/", sessions.run_session, name="run_session"),
    path("lessons/<slug:slug>/<part:part>/", quizzes.part, name="part"),
    path("lessons/<slug:slug>/<part:part>/<slug:question>/help/", quizzes.ask_help, name="ask_help"),
    path("lessons/<slug:slug>/<part:part>/<slug:question>/proof/", quizzes.prove_answer, name="prove_answer"),
    path("runs/<uuid:run_id>/restart/", runs.restart_run, name="restart_run"),
    path("runs/<uuid:run_id>/rows/", runs.rows, name="rows"),
    path("predicting/", predictions.set_predicting, name="set_predicting"),
    path("lessons/<slug:slug>/predictions/", predictions.predict_first_step, name="predict_first_step"),
    path("runs/<uuid:run_id>/predictions/<int:position>/question/", predictions.question, name="question"),
    path("runs/<uuid:run_id>/predictions/<int:position>/reason/", predictions.give_reason, name="give_reason"),
    path("lessons/<slug:slug>/test/", sittings.lesson_test, name="lesson_test"),
    path("lessons/<slug:slug>/tests/", sittings.start_sitting, name="start_sitting"),
    path("tests/<uuid:sitting_id>/", sittings.sitting, name="sitting"),
    path("tests/<uuid:sitting_id>/answers/", sittings.answer_sitting, name="answer_sitting"),
    path("tests/<uuid:sitting_id>/end/", sittings.sitting_end, name="sitting_end"),
    path("tests/<uuid:sitting_id>/finish/", sittings.finish_sitting, name="finish_sitting"),
    path("tests/<uuid:sitting_id>/result/", sittings.sitting_result, name="sitting_result"),
    path("live/", live.live_page, name="live_page"),
    path("live/messages/", live.publish, name="publish"),
    path("live/stream/", live.no_stream, name="stream"),
    path("glossary/", pages.glossary_page, name="glossary"),
    path("theme/", pages.set_theme, name="set_theme"),
    path("tour/", pages.end_tour, name="end_tour"),
    path("health/", pages.health, name="health"),
]

# The Studio, for instructors with a login. All its views except the login's two require `instructors_only`.
urlpatterns += [
    path("studio/login/", accounts.log_in, name="log_in"),
    path("studio/logout/", accounts.log_out, name="log_out"),
    path("studio/password/", accounts.change_password, name="change_password"),
    path("studio/", studio.studio, name="studio"),
    path("studio/drafts/", studio.begin_draft, name="begin_draft"),
    path("studio/files/", studio.import_file, name="import_file"),
    path("studio/files/<slug:slug>/", studio.take_in_file, name="take_in_file"),
    path("studio/schema/", drafts.schema, name="schema"),
    path("studio/commands/", drafts.commands, name="commands"),
    path("studio/drafts/<slug:slug>/", drafts.draft, name="draft"),
    path("studio/drafts/<slug:slug>/check/", drafts.check_draft, name="check_draft"),
    path("studio/drafts/<slug:slug>/preview/", drafts.draft_preview, name="draft_preview"),
    path("studio/drafts/<slug:slug>/teeth/", draft_teeth.draft_teeth, name="draft_teeth"),
    path("studio/drafts/<slug:slug>/questions/", draft_questions.draft_questions, name="draft_questions"),
    path("studio/drafts/<slug:slug>/questions/import/", draft_questions.import_questions, name="import_questions"),
    path("studio/drafts/<slug:slug>/questions/<slug:to>/", draft_questions.export_questions, name="export_questions"),
    path("studio/drafts/<slug:slug>/save/", drafts.save_draft, name="save_draft"),
    path("studio/drafts/<slug:slug>/changes/", drafts.changes, name="changes"),
    path("studio/drafts/<slug:slug>/discard/", drafts.discard_changes, name="discard_changes"),
    path("studio/drafts/<slug:slug>/rebase/", drafts.rebase_changes, name="rebase_changes"),
    path("studio/drafts/<slug:slug>/withdraw/", drafts.withdraw_lesson, name="withdraw_lesson"),
    path("studio/drafts/<slug:slug>/removal/", drafts.removal, name="removal"),
    path("studio/drafts/<slug:slug>/remove/", drafts.remove_draft, name="remove_draft"),
    path("studio/drafts/<slug:slug>/revisions/", drafts.revisions, name="revisions"),
    path("studio/drafts/<slug:slug>/revisions/<int:number>/", drafts.revision, name="revision"),
    path("studio/drafts/<slug:slug>/revisions/<int:number>/file/", drafts.revision_file, name="revision_file"),
    path("studio/drafts/<slug:slug>/revisions/<int:number>/reopen/", drafts.reopen_revision, name="reopen_revision"),
    path("studio/drafts/<slug:slug>/revisions/<int:number>/publish/", drafts.publish_revision, name="publish_revision"),
]

handler404 = "tutor.views.shared.faults.page_not_found"
