"""Static files with their digest in the name, so that browsers may cache them for ever; some of them bundled."""

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.templatetags.static import static
from whitenoise.storage import CompressedManifestStaticFilesStorage

from tutor.site.bundles import BUNDLES, bundled


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """WhiteNoise's storage, extended to the modules that our scripts import, and to bundles."""

    # Off by default: https://docs.djangoproject.com/en/5.2/ref/contrib/staticfiles/#manifeststaticfilesstorage
    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], **options: Any) -> Iterator[Any]:
        """Make the bundles of the collected files (name: its storage and its path there), then go on as usual."""
        for name, parts in BUNDLES.items():
            texts = {part: _text(*paths[part]) for part in parts}
            self.delete(name)
            self.save(name, ContentFile(bundled(texts).encode()))
            paths[name] = (self, name)
        yield from super().post_process(paths, **options)


def addresses(bundle: str) -> list[str]:
    """Return the addresses that a page loads for a bundle: the bundle's own, or those of its files if none is made."""
    is_made = isinstance(staticfiles_storage, HashedStaticFiles)
    return [static(name) for name in ([bundle] if is_made else BUNDLES[bundle])]


def _text(storage: Any, path: str) -> str:
    with storage.open(path) as file:
        return str(file.read().decode())
