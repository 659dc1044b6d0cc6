"""The pins: every package has one, and all of them can be had on each Python that README.md promises."""

from importlib.metadata import metadata, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.tables import for_each

ROOT = Path(__file__).resolve().parent.parent
LINES = [
    line for name in ("requirements.txt", "requirements-dev.txt") for line in (ROOT / name).read_text().splitlines()
]
PINS = [Requirement(line) for line in LINES if line and line[0] not in "#-"]
HERE = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate()]


@for_each("version", ["3.11.0", "3.12.0", "3.13.0", "3.14.0"])
def test_each_pin_can_be_had_on_each_python_that_we_promise(version: str):
    asked = {pin.name: metadata(pin.name).get("Requires-Python") or "" for pin in HERE}
    assert {name: said for name, said in asked.items() if version not in SpecifierSet(said)} == {}


def test_what_a_pinned_package_brings_along_is_pinned():
    pinned = {canonicalize_name(pin.name): pin for pin in HERE}
    for pin in HERE:
        for needed in map(Requirement, requires(pin.name) or ()):
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ["", *pin.extras]):
                assert needed.specifier.contains(exact(pinned[canonicalize_name(needed.name)])), (pin.name, str(needed))


def exact(pin: Requirement) -> str:
    """Return the one version that a pin allows."""
    (only,) = pin.specifier
    assert only.operator == "=="
    return only.version
