"""Questions from and for other systems: Moodle XML and GIFT out and in, QTI 3 out. Bytes and texts, no files."""

from tutor.exchange.exporting import PARTS, ExportFormat, File, NothingToExport, Part, exported
from tutor.exchange.importing import Imported, ImportedQuestion, ImportFormat, format_of, imported
from tutor.exchange.lesson_text import NotAdded, with_questions

__all__ = [
    "PARTS",
    "ExportFormat",
    "File",
    "ImportFormat",
    "Imported",
    "ImportedQuestion",
    "NotAdded",
    "NothingToExport",
    "Part",
    "exported",
    "format_of",
    "imported",
    "with_questions",
]
