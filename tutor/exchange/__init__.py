"""Questions from and for other systems: Moodle XML and GIFT out and in, QTI 3 out. Bytes and texts, no files."""

from tutor.assessment.questions import PARTS, Part
from tutor.engine.lesson.lesson import MOST_IN_PART
from tutor.exchange.exporting import ExportFormat, File, NothingToExport, exported
from tutor.exchange.importing import Imported, ImportedQuestion, ImportFormat, format_of, imported
from tutor.exchange.lesson_text import NotAdded, with_questions
from tutor.exchange.selection import Selection, choose, numbers_in, without_run
from tutor.exchange.xml_reader import LARGEST_XML as LARGEST_FILE

__all__ = [
    "LARGEST_FILE",
    "MOST_IN_PART",
    "PARTS",
    "ExportFormat",
    "File",
    "ImportFormat",
    "Imported",
    "ImportedQuestion",
    "NotAdded",
    "NothingToExport",
    "Part",
    "Selection",
    "choose",
    "exported",
    "format_of",
    "imported",
    "numbers_in",
    "with_questions",
    "without_run",
]
