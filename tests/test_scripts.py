"""The scripts of static/js, and the packages that check their types. `make check` runs the type checker itself."""

import json
import re
from pathlib import Path

from tutor.engine.lesson.questions.quiz import KINDS

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = {path.name: path.read_text() for path in (ROOT / "static/js").glob("*.js")}
WANTED = json.loads((ROOT / "package.json").read_text())["devDependencies"]
LOCKED = json.loads((ROOT / "package-lock.json").read_text())["packages"]


def test_each_export_is_imported_by_another_script():
    exported = {name for text in SCRIPTS.values() for name in re.findall(r"^export const (\w+)", text, re.MULTILINE)}
    named = re.findall(r'import \{([^}]*)\} from "\./', "\n".join(SCRIPTS.values()))
    assert exported == {name for names in named for name in re.findall(r"\w+", names)}


def test_each_script_is_on_a_page_or_imported():
    text = "\n".join(path.read_text() for path in (ROOT / "templates").rglob("*.html")) + "\n".join(SCRIPTS.values())
    of_questions = {kind.script.removeprefix("js/") for kind in KINDS}
    missing = {name for name in SCRIPTS if f"js/{name}'" not in text and f"./{name}" not in text}
    assert missing - of_questions == set()


def test_each_locked_package_has_the_version_that_is_wanted_and_a_digest():
    assert {name: LOCKED[f"node_modules/{name}"]["version"] for name in WANTED} == WANTED
    assert [place for place, package in LOCKED.items() if place and not package.get("integrity")] == []


def test_the_types_of_codemirror_are_those_of_the_bundle():
    recipe = (ROOT / "static/vendor/VENDORED.md").read_text()
    bundled = dict(re.findall(r"(@(?:codemirror|lezer)/[\w-]+)@([\d.]+)", recipe))
    ours = {name: version for name, version in WANTED.items() if name != "typescript"}
    assert ours == {name: bundled[name] for name in ours}


def test_no_comment_of_a_script_looks_like_an_import_to_django():
    # ManifestFilesMixin rewrites the addresses of all imports, without regard for comments.
    addresses = re.findall(r"""\bimport\b[^"'\n]*["']([^"'\n]+)["']""", "\n".join(SCRIPTS.values()))
    assert [address for address in addresses if not address.startswith(("./", "../"))] == []
