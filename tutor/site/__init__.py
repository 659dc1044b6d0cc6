"""How the Django site is set up: headers, templates, static files, limits and checks of settings."""
