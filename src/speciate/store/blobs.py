"""Large bytes beside a run, one file each, named by their digest. The folder is made when the first is put."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from speciate.core.errors import StoreDamaged, StoreError
from speciate.core.values import Digest, digest_of


class FolderBlobs:
    """`put` returns when the bytes are durable, so that an event may name them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> Digest:
        digest = digest_of(data)
        path = self._path(digest)
        if path.exists():
            return digest
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError as error:
            what = f"{len(data):,} bytes cannot be kept in {self._folder}: {error.strerror}"
            raise StoreError(what, "free some space, then speciate resume") from error
        return digest

    def get(self, digest: Digest) -> bytes:
        try:
            data = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise KeyError(digest) from None
        except OSError as error:
            raise StoreError(f"{self._path(digest)} cannot be read: {error.strerror}") from error
        if digest_of(data) != digest:
            raise StoreDamaged(f"{self._path(digest)} is damaged: its content is not {digest}", "restore it")
        return data

    def _path(self, digest: Digest) -> Path:
        if not (digest.isalnum() and digest.isascii()):
            raise KeyError(digest)  # a digest is hex; anything else could name a file elsewhere
        return self._folder / digest[:2] / digest


def blobs_of(path: Path) -> Path:
    """The folder that goes with a run's file: NAME.blobs beside NAME.db."""
    return path.with_suffix(".blobs") if path.suffix == ".db" else path.with_name(f"{path.name}.blobs")
