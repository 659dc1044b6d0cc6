"""Addresses of `lessons watch`: previews only, without the learners' pages."""

from django.urls import path

from tutor.views import pages, watched

urlpatterns = [
    path("", watched.shelf, name="catalogue"),
    path("preview/<str:slug>/", watched.preview, name="preview"),
    path("preview/<str:slug>/changes/", watched.no_changes, name="preview_changes"),
    path("glossary/", pages.glossary_page, name="glossary"),
    path("theme/", pages.set_theme, name="set_theme"),
]

handler404 = "tutor.views.shared.faults.page_not_found"
