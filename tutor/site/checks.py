"""System checks of our own settings, so that a wrong one is reported at the start, not at the first click."""

from pathlib import Path

import yaml
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from tutor.files.regular import is_hidden, is_regular


@register()
def lessons_folder(**_: object) -> list[CheckMessage]:
    """Report a lessons folder that is missing, or has no lesson in it."""
    folder = Path(settings.LESSONS_DIR)
    hint = "Set LESSONS_DIR to the folder with the lessons' YAML files, or leave it unset for the ones that come along."
    if not folder.is_dir():
        return [Error(f"LESSONS_DIR is {folder}, and there is no such folder.", hint=hint, id="tutor.E002")]
    if not any(is_regular(path) and not is_hidden(path) for path in folder.glob("*.yaml")):
        return [Caution(f"There is no lesson (*.yaml) in {folder}.", hint=hint, id="tutor.W001")]
    return []


@register()
def yaml_parser(**_: object) -> list[CheckMessage]:
    """Report a PyYAML that was built without libyaml: lessons are read ten times as slowly."""
    if hasattr(yaml, "CSafeLoader"):
        return []
    hint = "Install libyaml's header files and PyYAML anew, or a Python for which PyYAML has a wheel."
    return [Caution("PyYAML was installed without libyaml: lessons are read slowly.", hint=hint, id="tutor.W002")]
