"""XMP that is longer than a JPEG segment: an extension in further segments, and how the two become one packet."""

from __future__ import annotations

import hashlib
import re

from hadimg.io.jpeg_segments import EXTENDED_XMP, XMP

__all__ = ["join_extended", "xmp_payloads"]

LONGEST = 65533
"""Bytes of a segment's payload: what its two length bytes can count, less themselves."""

_HEAD = len(EXTENDED_XMP) + 40  # name, MD5 in hexadecimal, length of the whole, offset of this part
_POINTER = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="%s"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
_NAME = re.compile(rb"HasExtendedXMP\W{1,9}([0-9A-Fa-f]{32})")
_OPENING = re.compile(rb"<rdf:RDF\s+xmlns:rdf=\"[^\"]{,99}\"\s*>")  # no other prefix, which the main packet might lack
_CLOSING = b"</rdf:RDF>"


def xmp_payloads(packet: bytes) -> list[bytes]:
    """Return the payloads of the APP1 segments that carry an XMP packet.

    Parameters
    ----------
    packet : bytes
        Of any length; a long one becomes an extension, and the first segment only points to it.
    """
    if len(XMP) + len(packet) <= LONGEST:
        return [XMP + packet]
    name = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()
    size = LONGEST - _HEAD
    parts = [
        EXTENDED_XMP + name + len(packet).to_bytes(4, "big") + at.to_bytes(4, "big") + packet[at : at + size]
        for at in range(0, len(packet), size)
    ]
    return [XMP + _POINTER % name, *parts]


def join_extended(packet: bytes, payloads: list[bytes]) -> tuple[bytes, str | None]:
    """Return the XMP packet that a main packet and the payloads of its extension make together.

    Parameters
    ----------
    packet : bytes
        The main packet, which names its extension.
    payloads : list of bytes
        All segments of extensions, in file order.

    Returns
    -------
    packet : bytes
        The whole where it can be put together without parsing it, else the main packet.
    note : str or None
        What is left out.
    """
    match = _NAME.search(packet)
    name = match[1] if match else b""
    parts = {
        int.from_bytes(payload[_HEAD - 4 : _HEAD], "big"): payload[_HEAD:]
        for payload in payloads
        if name and payload[_HEAD - 40 : _HEAD - 8] == name
    }
    extension = b"".join(parts[place] for place in sorted(parts))
    if extension and packet == _POINTER % name:
        return extension, None
    opening, end, place = _OPENING.search(extension), extension.rfind(_CLOSING), packet.rfind(_CLOSING)
    if opening and end > opening.end() and place >= 0:
        return packet[:place] + extension[opening.end() : end] + packet[place:], None
    return packet, "the extension of the XMP packet stays in this JPEG and cannot go into other formats"
