"""Files written as a whole: whoever reads one meanwhile finds the old content or the new one, never a half."""

import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile


def replace(path: Path, content: bytes) -> None:
    """Give the file this content, and keep its mode; a link's target is written, not the link. Raises: OSError."""
    target = path.resolve()
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        draft = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, draft)
            else:
                draft.chmod(0o644)
            draft.replace(target)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
