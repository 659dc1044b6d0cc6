"""Atomic replacement of files: a reader sees the old content or the new, never a part of it."""

import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile


def replace(path: Path, content: bytes) -> None:
    """Replace the file's content and keep its mode; for a link, replace the target. Raises: OSError."""
    target = path.resolve()
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        draft = Path(file.name)
        try:
            file.write(content)
            file.flush()
            # Without fsync a power failure may keep the new name but not the content: rename(2) does not order data.
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, draft)
            else:
                draft.chmod(0o644)
            draft.replace(target)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
