"""A size limit for forms with files, because Django stores files of any size on disk before a view sees them."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_FORM = 32 * 1024 * 1024
"""In bytes: a few times any page's own limit, so that the page itself can usually name the file that is too large."""


class SizeLimit(FileUploadHandler):
    """Refuses a form that is too large before any of it is stored; leaves files to the next handlers."""

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002 - Django's signature
        META: Any,  # noqa: ARG002, N803
        content_length: int,
        boundary: Any,  # noqa: ARG002
        encoding: Any = None,  # noqa: ARG002
    ) -> None:
        """Check the size. Raises: RequestDataTooBig."""
        if content_length > LARGEST_FORM:
            raise RequestDataTooBig(f"a form of {content_length:,} bytes; at most {LARGEST_FORM:,} are taken")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 - Django's signature
        """Pass the chunk on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
