"""Addresses; each URL is named like its view."""

from django.urls import path

from tutor.views import lessons, pages, predictions, runs

urlpatterns = [
    path("", lessons.catalogue, name="catalogue"),
    path("lessons/<slug:slug>/", lessons.lesson, name="lesson"),
    path("lessons/<slug:slug>/runs/", runs.start_run, name="start_run"),
    path("runs/<uuid:run_id>/steps/<int:position>/", runs.take_step, name="take_step"),
    path("runs/<uuid:run_id>/restart/", runs.restart_run, name="restart_run"),
    path("runs/<uuid:run_id>/rows/", runs.rows, name="rows"),
    path("predicting/", predictions.set_predicting, name="set_predicting"),
    path("lessons/<slug:slug>/predictions/", predictions.predict_first_step, name="predict_first_step"),
    path("runs/<uuid:run_id>/predictions/<int:position>/", predictions.predict_step, name="predict_step"),
    path("runs/<uuid:run_id>/predictions/<int:position>/reason/", predictions.give_reason, name="give_reason"),
    path("theme/", pages.set_theme, name="set_theme"),
    path("health/", pages.health, name="health"),
]

handler404 = "tutor.views.responses.page_not_found"
