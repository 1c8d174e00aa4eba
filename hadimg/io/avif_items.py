"""The items of an AVIF file: which coded pictures and metadata it holds, their properties, and where their bytes lie.

Source: ISO/IEC 14496-12 section 8.11 (items), ISO/IEC 23008-12 section 9 (properties).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError
from hadimg.io.boxes import Box, box_bytes, first_box, walk

if TYPE_CHECKING:
    from hadimg.io.limits import Limits

__all__ = ["Item", "Items", "read_items"]


class Property(NamedTuple):
    """What an item is said to be: a name, and the payload of its box."""

    name: bytes
    payload: bytes


@dataclass
class Item:
    """One item: its type, its properties, and the (offset, length) pairs of its bytes in the file."""

    kind: bytes = b""
    content: bytes = b""
    properties: list[Property] = field(default_factory=list)
    extents: list[tuple[int, int]] = field(default_factory=list)

    def first(self, name: bytes) -> bytes:
        """Return the payload of the first property of that name; nothing where there is none."""
        return next((entry.payload for entry in self.properties if entry.name == name), b"")


@dataclass
class Items:
    """All items by number, the number of the picture, and references as (kind, from, to)."""

    items: dict[int, Item]
    primary: int
    references: list[tuple[bytes, int, int]]


def read_items(data: bytes, meta: Box, limits: Limits) -> Items:
    """Return the items that the box ``meta`` describes.

    Parameters
    ----------
    data : bytes
        The whole file.
    meta : Box
        The box of that name.
    limits : Limits
        ``blocks`` and ``block_bytes`` bound what is looked at.

    Raises
    ------
    FormatError, LimitError
        When a box is broken or too large.
    """
    boxes = walk(data, meta.start + 4, meta.end, limits)
    for inner in boxes:
        if inner.name != b"idat":
            limits.check("block_bytes", inner.end - inner.start)
    try:
        primary_box = box_bytes(data, first_box(boxes, b"pitm"))
        primary = struct.unpack_from(">I" if primary_box[:1] != b"\0" else ">H", primary_box, 4)[0]
        items = _kinds(data, boxes, limits)
        _associate(items, data, boxes, limits)
        _locate(items, data, boxes, limits)
        references = _references(data, boxes, limits)
    except (struct.error, IndexError) as error:
        raise FormatError("a box with the items of the AVIF file is cut") from error
    if primary not in items:
        raise FormatError("the AVIF file does not say which of its items is the picture")
    return Items(items, primary, references)


def _kinds(data: bytes, boxes: list[Box], limits: Limits) -> dict[int, Item]:
    """Return the items that the box iinf lists, with their types."""
    listed = first_box(boxes, b"iinf")
    if listed is None:
        raise FormatError("the AVIF file has no list of items")
    start = listed.start + (6 if data[listed.start] == 0 else 8)
    items: dict[int, Item] = {}
    for entry in walk(data, start, listed.end, limits):
        payload = box_bytes(data, entry)
        wide = payload[0] == 3
        number = struct.unpack_from(">I" if wide else ">H", payload, 4)[0]
        place = 10 if wide else 8
        kind, texts = payload[place : place + 4], payload[place + 4 :].split(b"\0")
        items[number] = Item(kind, texts[1] if len(texts) > 1 else b"")  # behind the name of the item
    return items


def _associate(items: dict[int, Item], data: bytes, boxes: list[Box], limits: Limits) -> None:
    """Give every item the properties that the box ipma names for it."""
    parent = first_box(boxes, b"iprp")
    inner = [] if parent is None else walk(data, parent.start, parent.end, limits)
    container = first_box(inner, b"ipco")
    listed = [] if container is None else walk(data, container.start, container.end, limits)
    properties = [Property(entry.name, box_bytes(data, entry)) for entry in listed]
    for association in (entry for entry in inner if entry.name == b"ipma"):
        payload = box_bytes(data, association)
        number_code, index_size = ">I" if payload[0] else ">H", 2 if payload[3] & 1 else 1
        (count,), place = struct.unpack_from(">I", payload, 4), 8
        limits.check("blocks", count)
        for _ in range(count):
            (number,) = struct.unpack_from(number_code, payload, place)
            place += struct.calcsize(number_code)
            indices = payload[place + 1 : place + 1 + payload[place] * index_size]
            place += 1 + payload[place] * index_size
            for first in range(0, len(indices), index_size):
                index = int.from_bytes(indices[first : first + index_size], "big") & ((1 << (8 * index_size - 1)) - 1)
                if number in items and 0 < index <= len(properties):
                    items[number].properties.append(properties[index - 1])


def _locate(items: dict[int, Item], data: bytes, boxes: list[Box], limits: Limits) -> None:
    """Give every item the places of its bytes, from the box iloc."""
    payload = box_bytes(data, first_box(boxes, b"iloc"))
    inside = first_box(boxes, b"idat")
    version, sizes, place = payload[0], struct.unpack_from(">H", payload, 4)[0], 6
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))

    def number(size: int) -> int:
        nonlocal place
        value = payload[place : place + size]
        if len(value) < size:
            raise IndexError(place)
        place += size
        return int.from_bytes(value, "big")

    for _ in range(number(4 if version == 2 else 2)):
        item = items.get(number(4 if version == 2 else 2), Item())
        method = number(2) & 15 if version else 0
        number(2)  # only data of other files have another number than 0 here
        base = number(base_size)
        if method == 1:
            base += 0 if inside is None else inside.start
        for _ in range(number(2)):
            if version:
                number(index_size)
            offset, length = base + number(offset_size), number(length_size)
            if method > 1 or offset + length > len(data):
                raise FormatError("the AVIF data end early, or lie where they are not looked for")
            item.extents.append((offset, length or len(data) - offset))
            limits.check("blocks", len(item.extents))


def _references(data: bytes, boxes: list[Box], limits: Limits) -> list[tuple[bytes, int, int]]:
    parent = first_box(boxes, b"iref")
    if parent is None:
        return []
    code = ">I" if data[parent.start] else ">H"
    size = struct.calcsize(code)
    references = []
    for entry in walk(data, parent.start + 4, parent.end, limits):
        payload = box_bytes(data, entry)
        (origin,), (count,) = struct.unpack_from(code, payload), struct.unpack_from(">H", payload, size)
        targets = struct.unpack_from(f">{count}{code[1]}", payload, size + 2)
        references += [(entry.name, origin, target) for target in targets]
    return references
