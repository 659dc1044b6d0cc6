"""The pins: every package has one, and all of them can be had on each Python that README.md promises."""

from importlib.metadata import distributions, metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LINES = [
    line for name in ("requirements.txt", "requirements-dev.txt") for line in (ROOT / name).read_text().splitlines()
]
PINS = [Requirement(line) for line in LINES if line and line[0] not in "#-"]
HERE = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate()]
OF_THE_ENVIRONMENT = {"pip", "setuptools", "wheel"}


@pytest.mark.parametrize("version", ["3.11.0", "3.12.0", "3.13.0", "3.14.0"])
def test_each_pin_can_be_had_on_each_python_that_we_promise(version: str):
    asked = {pin.name: metadata(pin.name)["Requires-Python"] or "" for pin in HERE}
    assert {name: said for name, said in asked.items() if version not in SpecifierSet(said)} == {}


def test_every_package_is_pinned():
    pinned = {canonicalize_name(pin.name): str(pin.specifier) for pin in HERE}
    there = {canonicalize_name(found.name): f"=={found.version}" for found in distributions()}
    assert {name: there[name] for name in there.keys() - OF_THE_ENVIRONMENT - pinned.keys()} == {}
    assert {name: pin for name, pin in pinned.items() if there.get(name) != pin} == {}
