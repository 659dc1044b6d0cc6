"""Files replaced atomically: a reader finds the old content or the new, never a part of it."""

import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile


def replace(path: Path, content: bytes) -> None:
    """Give the file this content, and keep its mode; of a link, the target is replaced. Raises: OSError."""
    target = path.resolve()
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        draft = Path(file.name)
        try:
            file.write(content)
            file.flush()
            # Without it the new name may survive a power failure and the content not: rename(2) orders no data.
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, draft)
            else:
                draft.chmod(0o644)
            draft.replace(target)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
