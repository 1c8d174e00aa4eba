"""The neutral parts of a JPEG's metadata: read from its segments, and written as new ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hadimg.io.image import Metadata
from hadimg.io.jpeg_segments import ICC, PHOTOSHOP
from hadimg.io.jpeg_xmp import LONGEST, join_extended, xmp_payloads

if TYPE_CHECKING:
    from hadimg.io.jpeg_segments import Layout

__all__ = ["PART_OF_KIND", "new_segments", "read_metadata"]

PART_OF_KIND = {
    "jfif": "resolution",
    "exif": "exif",
    "xmp": "xmp",
    "extended xmp": "xmp",
    "icc": "icc",
    "photoshop": "iptc",
    "comment": "text",
}
"""Which part of `Metadata` a kind of segment holds."""

CENTIMETRES = 2.54
_IPTC = b"8BIM\x04\x04\0\0"


def read_metadata(data: bytes, layout: Layout) -> tuple[Metadata, tuple[str, ...]]:
    """Return the neutral metadata of a JPEG, and notes about what is broken.

    Parameters
    ----------
    data : bytes
        The file.
    layout : Layout
        Its segments. Of several EXIF blocks and XMP packets the first one counts.
    """
    payloads: dict[str, list[bytes]] = {}
    for segment in layout.segments:
        if segment.carried:
            payloads.setdefault(segment.kind(data), []).append(segment.payload(data))
    notes: list[str | None] = []
    xmp = payloads["xmp"][0].partition(b"\0")[2] if "xmp" in payloads else None
    if xmp and "extended xmp" in payloads:
        xmp, note = join_extended(xmp, payloads["extended xmp"])
        notes.append(note)
    icc, note = _join_profile(payloads.get("icc", []))
    notes.append(note)
    metadata = Metadata(
        exif=payloads["exif"][0][6:] or None if "exif" in payloads else None,
        xmp=xmp or None,
        icc=icc,
        iptc=_find_iptc(b"".join(payload[len(PHOTOSHOP) :] for payload in payloads.get("photoshop", []))),
        resolution=_read_density(payloads["jfif"][0]) if "jfif" in payloads else None,
        text=tuple(("Comment", _read_text(payload)) for payload in payloads.get("comment", [])),
    )
    return metadata, tuple(note for note in notes if note)


def _join_profile(payloads: list[bytes]) -> tuple[bytes | None, str | None]:
    parts = {payload[len(ICC)]: payload[len(ICC) + 2 :] for payload in payloads if len(payload) >= len(ICC) + 2}
    totals = {payload[len(ICC) + 1] for payload in payloads if len(payload) >= len(ICC) + 2}
    if not payloads:
        return None, None
    if len(parts) != len(payloads) or totals != {len(parts)} or set(parts) != set(range(1, len(parts) + 1)):
        return None, "the ICC profile is broken: its bytes stay in this JPEG and cannot go into other formats"
    return b"".join(parts[number] for number in sorted(parts)), None


def _find_iptc(resources: bytes) -> bytes | None:
    """Return the IPTC records among Photoshop's image resources: name, number, Pascal string, length, bytes."""
    position = 0
    while resources[position : position + 4] == b"8BIM":
        name_length = resources[position + 6 : position + 7]
        start = position + 6 + (len(name_length) and name_length[0] // 2 * 2 + 2)
        size = int.from_bytes(resources[start : start + 4], "big")
        if resources[position + 4 : position + 6] == b"\x04\x04":
            return resources[start + 4 : start + 4 + size] or None
        position = start + 4 + size + size % 2
    return None


def _read_density(jfif: bytes) -> tuple[float, float] | None:
    factor = {1: 1.0, 2: CENTIMETRES}.get(jfif[7]) if len(jfif) >= 12 else None
    across, down = int.from_bytes(jfif[8:10], "big"), int.from_bytes(jfif[10:12], "big")
    return (across * factor, down * factor) if factor and across and down else None


def _read_text(payload: bytes) -> str:
    payload = payload.rstrip(b"\0")
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def new_segments(metadata: Metadata, parts: tuple[str, ...]) -> tuple[list[tuple[str, bytes]], tuple[str, ...]]:
    """Return new segments that hold some parts of ``metadata``, and notes about what does not fit.

    Parameters
    ----------
    metadata : Metadata
        Where the parts come from.
    parts : tuple of str
        Names of parts; "resolution" gives a JFIF segment even where no resolution is known.

    Returns
    -------
    segments : list of (part, bytes)
        Whole segments, in the order in which they belong into a file.
    notes : tuple of str
        Each part that a JPEG cannot hold, with the reason.
    """
    segments: list[tuple[str, bytes]] = []
    notes: list[str] = []
    if "resolution" in parts:
        payload, note = _density_payload(metadata.resolution)
        segments.append(("resolution", _segment(0xE0, payload)))
        notes += [note] if note else []
    for part in (name for name in _CODES if name in parts):
        for payload in _payloads(metadata, part):
            if len(payload) <= LONGEST:
                segments.append((part, _segment(_CODES[part], payload)))
            else:
                notes.append(f"{_TITLES[part]} of {len(payload)} bytes is too long for JPEG and left out")
    return segments, tuple(notes)


_CODES = {"exif": 0xE1, "xmp": 0xE1, "iptc": 0xED, "icc": 0xE2, "text": 0xFE}
_TITLES = {"exif": "EXIF", "xmp": "XMP", "iptc": "IPTC", "icc": "the ICC profile", "text": "a comment"}


def _payloads(metadata: Metadata, part: str) -> list[bytes]:
    value = getattr(metadata, part)
    if not value:
        return []
    if part == "text":
        return [(text if keyword == "Comment" else f"{keyword}: {text}").encode() for keyword, text in value]
    if part == "xmp":
        return xmp_payloads(value)
    if part == "icc":
        return _profile_payloads(value)
    head = b"Exif\0\0" if part == "exif" else PHOTOSHOP + _IPTC + len(value).to_bytes(4, "big")
    return [head + value + b"\0" * (len(value) % 2 if part == "iptc" else 0)]


def _profile_payloads(profile: bytes) -> list[bytes]:
    size = LONGEST - len(ICC) - 2
    pieces = [profile[at : at + size] for at in range(0, len(profile), size)]
    if len(pieces) > 255:  # the number of a piece is one byte
        return [profile]
    return [ICC + bytes((number, len(pieces))) + piece for number, piece in enumerate(pieces, 1)]


def _segment(code: int, payload: bytes) -> bytes:
    return bytes((0xFF, code)) + (len(payload) + 2).to_bytes(2, "big") + payload


def _density_payload(resolution: tuple[float, float] | None) -> tuple[bytes, str | None]:
    """Return a JFIF payload with the resolution in whole pixels per inch or per centimetre, whichever is nearer."""
    error, units, density, note = 0.01, 0, (1, 1), None
    if resolution and all(map(math.isfinite, resolution)):
        for unit, inches in ((1, 1.0), (2, CENTIMETRES)):
            whole = (round(resolution[0] / inches), round(resolution[1] / inches))
            if min(whole) >= 1 and max(whole) <= 65535:
                worst = max(abs(whole[0] * inches / resolution[0] - 1), abs(whole[1] * inches / resolution[1] - 1))
                error, units, density = min((error, units, density), (worst, unit, whole))
    if resolution and not units:
        note = f"JPEG cannot hold the resolution {resolution[0]:g} x {resolution[1]:g} pixels per inch"
    across, down = (value.to_bytes(2, "big") for value in density)
    return b"JFIF\0" + bytes((1, 2, units)) + across + down + b"\0\0", note
