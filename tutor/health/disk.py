"""Whether the folder that the program writes to takes a file, and has room for more."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from tutor import findings
from tutor.findings import Finding

PART = "disk"
LEAST_BYTES = 16 * 1024 * 1024
"""Free space below which a disk counts as full: SQLite's log alone grows by 4 MB between two checkpoints."""

SILENT = Finding(
    PART,
    findings.DISK_SILENT,
    "The disk of TUTOR_VAR does not answer.",
    "Look for errors of the disk or of its network in the kernel's log.",
)


def check() -> list[Finding]:
    """Return what is wrong with the folder TUTOR_VAR."""
    return list(_found(Path(settings.TUTOR_VAR)))


def _found(folder: Path) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(folder).free
        _write_and_remove(folder)
    except OSError as problem:
        yield _of_problem(folder, problem)
        return
    if free < LEAST_BYTES:
        yield Finding(
            PART,
            findings.DISK_FULL,
            f"The disk of {folder} has {free / 1024 / 1024:.0f} MB left; {LEAST_BYTES >> 20} MB are the least.",
            "Remove files from it, or set TUTOR_VAR to a folder on a larger disk and move its files there.",
        )


def _write_and_remove(folder: Path) -> None:
    """Raises: OSError."""
    # The file has no name on Linux, and so does not stay behind if the process is killed here.
    with tempfile.TemporaryFile(dir=folder, prefix="health-") as file:
        file.write(b"x" * 4096)
        file.flush()


def _of_problem(folder: Path, problem: OSError) -> Finding:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Finding(
            PART,
            findings.DISK_FULL,
            f"The disk of {folder} takes no more data: {problem.strerror}.",
            "Remove files from it, or raise the quota of the program's user.",
        )
    return Finding(
        PART,
        findings.DISK_UNUSABLE,
        f"TUTOR_VAR is {folder}, which can't be written: {problem.strerror}.",
        "Give the folder to the program's user, or set TUTOR_VAR to another one.",
    )
