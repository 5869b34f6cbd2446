"""The checksums that other tools keep of the texts they ran: pure."""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import TYPE_CHECKING

from lockgate.nouns.adoption import Tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.adoption import Kept

_MASK = (1 << 64) - 1


def is_another_text(tool: Tool, kept: Kept, text: str) -> bool:
    """Whether the tool's checksum says that it ran another text than `text`.

    A source's text is without a byte order mark and with LF, so that a checksum of the file's bytes is compared with each
    spelling that the file may have had.
    """
    if kept.checksum is None:
        return False
    if tool is Tool.FLYWAY:
        return kept.checksum != str(flyway_checksum(text))
    if tool is Tool.SQLX:
        return kept.checksum not in {hashlib.sha384(one).hexdigest() for one in _spellings(text)}
    if tool is Tool.REFINERY:
        return kept.checksum not in set(_of_refinery(kept, text))
    return False


def flyway_checksum(text: str) -> int:
    """The CRC32, signed, of a text's lines without their ends, in UTF-8: `ChecksumCalculator.java` of Flyway."""
    value = zlib.crc32(re.sub(r"[\r\n]", "", text).encode())
    return value - (1 << 32) if value >> 31 else value


def refinery_checksum(name: str, version: int, text: bytes, version_bytes: int = 4) -> int:
    """SipHash-1-3 without a key of the name, the version and the text, as Rust hashes them: `runner.rs` of refinery-core.

    `version_bytes` is 8 where refinery was built with its feature `int8-versions`.
    """
    number = version.to_bytes(version_bytes, "little")
    return siphash13(name.encode() + b"\xff" + number + text + b"\xff")


def siphash13(data: bytes) -> int:
    """SipHash with one and three rounds and a key of zeros: https://www.aumasson.jp/siphash/siphash.pdf."""
    state = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        a, b, c, d = _round(*state[:3], state[3] ^ word)
        state = a ^ word, b, c, d
    a, b, c, d = state[0], state[1], state[2] ^ 0xFF, state[3]
    for _ in range(3):
        a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


def _round(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a, c = (a + b) & _MASK, (c + d) & _MASK
    b, d = _rotated(b, 13) ^ a, _rotated(d, 16) ^ c
    a, c = (_rotated(a, 32) + d) & _MASK, (c + b) & _MASK
    return a, _rotated(b, 17) ^ c, _rotated(c, 32), _rotated(d, 21) ^ a


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & _MASK


def _of_refinery(kept: Kept, text: str) -> Iterator[str]:
    (version,) = kept.version or (0,)
    for spelling in _spellings(text):
        for size in (4, 8):
            if version < 1 << (8 * size - 1):
                yield str(refinery_checksum(kept.description, version, spelling, size))


def _spellings(text: str) -> Iterator[bytes]:
    for one in (text, text.replace("\n", "\r\n")):
        yield one.encode()
        yield b"\xef\xbb\xbf" + one.encode()
