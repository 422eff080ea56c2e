"""The file of a backup: one line that says what it holds, then the database; packed by gzip, encrypted by age.

Both are formats of others: `age -d -i backup.key FILE | gunzip | tail -n +2` gives the database without ibpmon. Bytes
stream through: a database of any size takes the same memory.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import msgspec

from ibpmon.operate.backup import troubles
from ibpmon.progress import Progress, silent
from ibpmon.store.contents import Contents

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

FORMAT = 1
CHUNK = 1 << 18
LONGEST = 4 << 20  # of the line at the beginning
AGE, GZIP = b"age-encryption.org/", b"\x1f\x8b"
QUICK, WITH_GZIP = 1, 31  # how hard zlib tries, and that it writes the head and the sum of gzip


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands at the beginning of a backup."""

    format: int
    ibpmon: str
    made_at: datetime
    kind: str  # sqlite, postgresql
    space: str  # the schema of PostgreSQL in which the tables lie
    schema: str  # the last migration
    tables: Mapping[str, tuple[int, str]]
    heads: Mapping[str, str]
    size: int
    sha256: str

    @property
    def contents(self) -> Contents:
        """What it should hold."""
        return Contents(self.schema, self.tables, self.heads)


Accept = Callable[[Manifest], None]  # raises for a backup that cannot be used here


class Sink(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> int:
        """Take them."""


# ---- writing


def write(target: BinaryIO, manifest: Manifest, source: Path, key: "Identity | None", progress: Progress) -> str:
    """Write a backup; gives the SHA-256 of the file. OSError when the disk is full."""
    out, pieces = Hashed(target), packed(manifest, source, progress)
    if key is None:
        for piece in pieces:
            out.write(piece)
    else:
        encrypt(pieces, out, key)
    return out.hash.hexdigest()


def packed(manifest: Manifest, source: Path, progress: Progress) -> Iterator[bytes]:
    """The line and the database, packed."""
    pack, done = zlib.compressobj(QUICK, zlib.DEFLATED, WITH_GZIP), 0
    yield pack.compress(msgspec.json.encode(manifest) + b"\n")
    with source.open("rb") as file:
        while piece := file.read(CHUNK):
            yield pack.compress(piece)
            done += len(piece)
            progress.step("pack", done >> 20, manifest.size >> 20)
    yield pack.flush()


def encrypt(pieces: Iterator[bytes], out: Sink, key: "Identity") -> None:
    """Encrypt for the holder of this key; every part is sealed, so that a change or a cut shows."""
    import pyrage

    source, target = Pulled(pieces), Careful(out)
    try:
        pyrage.encrypt_io(source, target, [key.to_public()])
    except pyrage.EncryptError:
        raise source.error or target.error or OSError("encrypting did not work") from None


class Pulled:
    """An iterator of bytes as something to read from; what goes wrong in it is kept, the library would drop it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.left = pieces, b""
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        try:
            while not self.left and (piece := next(self.pieces, None)) is not None:
                self.left = piece
        except BaseException as error:
            self.error = error
            raise
        given, self.left = self.left[:size], self.left[size:]
        return given


class Careful:
    """Hands bytes on; what goes wrong there is kept, the library would drop it."""

    def __init__(self, out: Sink) -> None:
        self.out = out
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        """All of them."""
        try:
            self.out.write(data)
        except BaseException as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""


class Hashed:
    """Hands bytes on to or from a file, and keeps their hash."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.hash = file, hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        """All of them: a file may take a part."""
        left = memoryview(data)
        while left:
            left = left[self.file.write(left) :]
        self.hash.update(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.file.read(size)
        self.hash.update(data)
        return data


# ---- reading


def read(
    path: Path, key: "Identity | None", target: Path, accept: Accept, progress: Progress = silent
) -> tuple[Manifest, str]:
    """Open a backup and write its database to `target`; gives what it says of itself and the SHA-256 of the file.

    StoreError when it is damaged, ConfigError when the key does not fit. What was written before that shows is of no
    use: the caller throws it away.
    """
    try:
        with path.open("rb") as file, target.open("wb") as to:
            unpacking, source = Unpacking(path, to, accept, progress), Hashed(file)
            begin = file.read(len(AGE))
            file.seek(0)
            feed(path, begin, source, unpacking, key)
            return unpacking.manifest_of_whole(), source.hash.hexdigest()
    except OSError as error:
        raise troubles.no_room(Path(error.filename or path), error) from None


def feed(path: Path, begin: bytes, source: Hashed, unpacking: "Unpacking", key: "Identity | None") -> None:
    """Hand all bytes of the file to what unpacks them."""
    if begin.startswith(AGE):
        if key is None:
            raise troubles.key_needed(path)
        decrypt(path, source, unpacking, key)
    elif begin.startswith(GZIP):
        while piece := source.read(CHUNK):
            unpacking.write(piece)
    else:
        raise troubles.damaged(path, troubles.NOT_OURS)


def decrypt(path: Path, source: Hashed, unpacking: "Unpacking", key: "Identity") -> None:
    """Decrypt; nothing is handed on that is not as it was written."""
    import pyrage

    target = Careful(unpacking)
    try:
        pyrage.decrypt_io(source, target, [key])
    except (pyrage.DecryptError, OSError) as error:
        if target.error:
            raise target.error from None
        if "No matching keys" in str(error):
            raise troubles.other_key(path) from None
        raise troubles.damaged(path, troubles.NOT_READABLE) from None


class Unpacking:
    """Takes packed bytes as they come: keeps the line at the beginning, and writes the rest to a file."""

    def __init__(self, path: Path, target: BinaryIO, accept: Accept, progress: Progress) -> None:
        self.path, self.accept, self.progress = path, accept, progress
        self.unpack, self.line = zlib.decompressobj(WITH_GZIP), bytearray()
        self.target, self.size = Hashed(target), 0
        self.manifest: Manifest | None = None

    def write(self, data: bytes, /) -> int:
        """Unpack these; never more than a chunk at once in memory, whatever somebody packed."""
        waiting = data
        while waiting and not self.unpack.eof:
            self.take(self.unpacked(waiting))
            waiting = self.unpack.unconsumed_tail
        if self.unpack.eof and (self.unpack.unused_data or waiting):
            raise troubles.damaged(self.path, troubles.NOT_WHOLE)
        return len(data)

    def unpacked(self, data: bytes) -> bytes:
        """The next chunk."""
        try:
            return self.unpack.decompress(data, CHUNK)
        except zlib.error:
            raise troubles.damaged(self.path, troubles.NOT_READABLE) from None

    def take(self, data: bytes) -> None:
        """First the line, then the database."""
        if self.manifest is None:
            self.line += data
            line, end, data = bytes(self.line).partition(b"\n")
            if not end:
                if len(self.line) > LONGEST:
                    raise troubles.damaged(self.path, troubles.NOT_OURS)
                return
            self.manifest = self.understood(line)
        self.size += len(data)
        if self.size > self.manifest.size:
            raise troubles.damaged(self.path, troubles.NOT_WHOLE)
        self.target.write(data)
        self.progress.step("unpack", self.size >> 20, self.manifest.size >> 20)

    def understood(self, line: bytes) -> Manifest:
        """What the backup says of itself, if it can be used here."""
        try:
            said: Any = msgspec.json.decode(line)
            if isinstance(said, dict) and isinstance(said.get("format"), int) and said["format"] > FORMAT:
                raise troubles.newer(self.path)
            manifest = msgspec.convert(said, Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise troubles.damaged(self.path, troubles.NOT_OURS) from None
        self.accept(manifest)
        return manifest

    def manifest_of_whole(self) -> Manifest:
        """What it says of itself, once all of it was here."""
        manifest = self.manifest
        if manifest is None or not self.unpack.eof or self.size != manifest.size:
            raise troubles.damaged(self.path, troubles.NOT_WHOLE)
        if self.target.hash.hexdigest() != manifest.sha256:
            raise troubles.damaged(self.path, troubles.NOT_READABLE)
        return manifest
