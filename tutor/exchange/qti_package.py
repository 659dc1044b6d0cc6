"""A QTI 3.0 package: a zip archive with the items, a test of them, and the manifest that names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tutor.engine.lesson.questions.question import QuestionFields
from tutor.exchange import qti, qti_xml
from tutor.exchange.texts import for_xml, html_of, title_of

MEDIA_TYPE = "application/zip"

_MANIFEST = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_MANIFEST_SCHEMA = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd"
_LOM = "http://ltsc.ieee.org/xsd/LOM"
_LOM_SCHEMA = "https://purl.imsglobal.org/spec/md/v1p3/schema/xsd/imsmd_loose_v1p3p2.xsd"

_DIFFICULTY = {"easy": "easy", "medium": "medium", "hard": "difficult"}
"""Our words as those of LOM v1.0, 5.8."""


@dataclass(frozen=True, slots=True)
class PackedItem:
    """An item of a package: its identifier, unique in the package, its section, and the question."""

    identifier: str
    section: str
    question: QuestionFields

    @property
    def path(self) -> str:
        """Its file in the package."""
        return f"items/{self.identifier}.xml"


def as_package(name: str, title: str, items: Sequence[PackedItem]) -> bytes:
    """Return a package; the same items give the same bytes. `name` is an identifier, `title` is shown to people."""
    files = {"imsmanifest.xml": _manifest(name, items), "test.xml": _test(name, title, items)}
    files |= {item.path: qti.item_xml(item.question, item.identifier) for item in items}
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as package:
        for path, content in files.items():
            # Without a fixed time, the archive would contain the time of the export.
            entry = ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            package.writestr(entry, content)
    return archive.getvalue()


def _manifest(name: str, items: Sequence[PackedItem]) -> bytes:
    locations = f"{_MANIFEST} {_MANIFEST_SCHEMA} {_LOM} {_LOM_SCHEMA}"
    spaces = {"xmlns": _MANIFEST, "xmlns:xsi": qti_xml.XSI, "xsi:schemaLocation": locations}
    manifest = ET.Element("manifest", {**spaces, "identifier": f"package-{name}"})
    metadata = ET.SubElement(manifest, "metadata")
    ET.SubElement(metadata, "schema").text = "QTI Package"
    ET.SubElement(metadata, "schemaversion").text = "3.0.0"
    ET.SubElement(manifest, "organizations")
    resources = ET.SubElement(manifest, "resources")
    test = _resource(resources, f"test-{name}", "imsqti_test_xmlv3p0", "test.xml")
    for item in items:
        ET.SubElement(test, "dependency", {"identifierref": item.identifier})
        resource = _resource(resources, item.identifier, "imsqti_item_xmlv3p0", item.path)
        resource.insert(0, _metadata(item.question))
    ET.indent(manifest)
    return qti_xml.as_bytes(manifest)


def _resource(parent: ET.Element, identifier: str, kind: str, href: str) -> ET.Element:
    resource = ET.SubElement(parent, "resource", {"identifier": identifier, "type": kind, "href": href})
    ET.SubElement(resource, "file", {"href": href})
    return resource


def _metadata(question: QuestionFields) -> ET.Element:
    metadata = ET.Element("metadata")
    lom = ET.SubElement(metadata, "lom", {"xmlns": _LOM})
    general = ET.SubElement(lom, "general")
    _string(ET.SubElement(general, "title"), title_of(html_of(question.question)))
    if question.concept.strip():
        _string(ET.SubElement(general, "keyword"), question.concept)
    difficulty = ET.SubElement(ET.SubElement(lom, "educational"), "difficulty")
    ET.SubElement(difficulty, "source").text = "LOMv1.0"
    ET.SubElement(difficulty, "value").text = _DIFFICULTY[question.difficulty]
    return metadata


def _string(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "string").text = for_xml(" ".join(text.split()))


def _test(name: str, title: str, items: Sequence[PackedItem]) -> bytes:
    test = qti_xml.root("qti-assessment-test", {"identifier": f"test-{name}", "title": for_xml(title)})
    test.append(qti_xml.outcome("SCORE", "float", "0"))
    modes = {"navigation-mode": "nonlinear", "submission-mode": "individual"}
    part = ET.SubElement(test, "qti-test-part", {"identifier": "part", **modes})
    ET.SubElement(part, "qti-item-session-control", {"show-feedback": "true"})
    for section in dict.fromkeys(item.section for item in items):
        named = {"identifier": section, "title": section.capitalize(), "visible": "true"}
        found = ET.SubElement(part, "qti-assessment-section", named)
        for item in items:
            if item.section == section:
                reference = {"identifier": item.identifier, "href": item.path}
                ET.SubElement(found, "qti-assessment-item-ref", reference)
    processing = ET.SubElement(test, "qti-outcome-processing")
    total = ET.SubElement(ET.SubElement(processing, "qti-set-outcome-value", {"identifier": "SCORE"}), "qti-sum")
    ET.SubElement(total, "qti-test-variables", {"variable-identifier": "SCORE"})
    ET.indent(test)
    return qti_xml.as_bytes(test)
