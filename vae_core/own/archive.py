"""A zip opened with care: its table of contents is judged before anything is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import BinaryIO, Final, cast

from vae_core.idx import DataError
from vae_core.own import MAX_BYTES, MAX_FILES, Upload, grouped, shown

MAX_CONTENTS: Final = 200_000_000  # bytes of all members together, as announced
MAX_RATIO: Final = 100  # of these to the bytes of the zip
_ENTRY: Final = b"PK\x01\x02"  # begins every entry of the table of contents
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive:
    """A zip's members worth a look, and `notes` on the others. Nothing is unpacked to disk."""

    def __init__(self, upload: Upload) -> None:
        """Read and check the table of contents; raise `DataError` with one sentence."""
        self.name, content = upload
        self.notes: list[str] = []
        if content.count(_ENTRY) > MAX_FILES:
            raise self._error(f"more than {MAX_FILES} files", "put fewer into it")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        except MemoryError:
            raise
        except Exception as error:  # zipfile lets through errors of every kind
            raise DataError(f"{shown(self.name)} is a damaged zip: make it again") from error
        total = sum(entry.file_size for entry in entries)
        if total > MAX_CONTENTS:
            found = f"{grouped(total // 10**6)} MB"
            raise self._error(found, f"at most {MAX_CONTENTS // 10**6} MB are unpacked")
        if total > MAX_RATIO * len(content):
            found = f"{total / len(content):.0f} times its own size"
            raise self._error(found, f"at most {MAX_RATIO} times is unpacked")
        if any(entry.flag_bits & 1 for entry in entries):
            raise self._error("encrypted files", "make it again without a password")
        self.members = self._chosen(entries)

    def read(self, member: zipfile.ZipInfo) -> bytes:
        """Return a member's contents, exactly as long as announced; raise `DataError`."""
        with self.open(member) as stream:
            return read_exactly(stream, member.file_size, member.filename)

    def open(self, member: zipfile.ZipInfo) -> BinaryIO:
        """Return a member to be read with `read_exactly`; raise `DataError`."""
        try:
            return cast("BinaryIO", self._zip.open(member))
        except MemoryError:
            raise
        except Exception as error:
            raise _damaged(member.filename) from error

    def _chosen(self, entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
        seen: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            parts = entry.filename.replace("\\", "/").split("/")
            hidden = parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts)
            if hidden or entry.filename.endswith("/"):
                continue  # what operating systems put there; also what climbs out of the zip
            why = self._objection(entry, seen)
            if why:
                self.notes.append(f"{shown(entry.filename)} is left out: {why}.")
            else:
                seen[entry.filename] = entry
        return list(seen.values())

    def _objection(self, entry: zipfile.ZipInfo, seen: dict[str, zipfile.ZipInfo]) -> str:
        if not entry.filename:
            return "it has no name"
        if entry.filename in seen:
            return "another file in the zip has its name"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return "it is a link to another file"
        if entry.compress_type not in _METHODS:
            return "it is packed in a way that is not read here; make the zip with “deflate”"
        if entry.filename.lower().endswith(".zip"):
            return "a zip within a zip is not opened"
        if entry.file_size > MAX_BYTES and not entry.filename.endswith(".npy"):
            return "it is larger than 20 MB"
        return ""

    def _error(self, found: str, remedy: str) -> DataError:
        return DataError(f"{shown(self.name)} holds {found}: {remedy}")


def read_exactly(stream: BinaryIO, length: int, name: str) -> bytes:
    """Return the next `length` bytes of a member; raise `DataError` if it is damaged or shorter."""
    try:
        content = stream.read(length)
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(name) from error
    if len(content) != length:
        raise _damaged(name)
    return content


def _damaged(name: str) -> DataError:
    return DataError(f"{shown(name)}: it is damaged, get the file again")
