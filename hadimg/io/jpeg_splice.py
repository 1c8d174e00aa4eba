"""A new JPEG stream under the segments of the file that the picture came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.io.jpeg_metadata import PART_OF_KIND, new_segments
from hadimg.io.jpeg_segments import START_OF_IMAGE, color_model, read_layout

if TYPE_CHECKING:
    from hadimg.io.image import Metadata
    from hadimg.io.jpeg_segments import Layout

__all__ = ["carried_segments", "join_stream"]


def carried_segments(
    data: bytes, layout: Layout, before: Metadata, after: Metadata
) -> tuple[list[bytes], tuple[str, ...]]:
    """Return the segments of a JPEG that go into its successor, in order and byte for byte.

    Parameters
    ----------
    data : bytes
        The file that the picture came from.
    layout : Layout
        Its segments.
    before : Metadata
        Its metadata.
    after : Metadata
        The metadata to write; where a part differs from ``before``, new segments take the place of the old.

    Returns
    -------
    segments : list of bytes
        Whole segments.
    notes : tuple of str
        What is left out, and why.
    """
    changed = tuple(
        part for part in dict.fromkeys(PART_OF_KIND.values()) if getattr(before, part) != getattr(after, part)
    )
    fresh, fresh_notes = new_segments(after, changed)
    notes, segments, done = list(fresh_notes), [], set[str]()
    model = color_model(data, layout)
    for segment in layout.segments:
        if not segment.carried:
            continue
        kind, content = segment.kind(data), data[segment.start : segment.end]
        part = "other" if kind == "exif" and "exif" in done else PART_OF_KIND.get(kind, "other")
        reason = _reason_to_drop(kind, content, model)
        if reason is not None:
            notes.append(reason)
        elif part not in changed:
            segments.append((part, content))
        elif part not in done:
            segments += [item for item in fresh if item[0] == part]
        done.add(part)
    added = [item for item in fresh if item[0] not in done]
    # By custom a JFIF segment stands first, and then EXIF.
    first = 1 if added and added[0][0] == "resolution" else 0
    front = sum(1 for part, _ in segments[:2] if part in ("resolution", "exif"))
    ordered = added[:first] + segments[:front] + added[first:] + segments[front:]
    return [content for _, content in ordered], tuple(dict.fromkeys(notes))


def _reason_to_drop(kind: str, content: bytes, model: str) -> str | None:
    if kind == "mpf":
        return "the index of further pictures (MPF) is left out with the pictures"
    if kind == "jumbf":
        what = "the content credentials (C2PA)" if b"c2pa" in content else "a JUMBF box"
        return f"{what} of the old pixels {'are' if b'c2pa' in content else 'is'} left out"
    transform = content[15:16] if kind == "adobe" else b""
    if transform and transform != {"rgb": b"\0", "ycbcr": b"\1"}.get(model, transform):
        return "an Adobe segment that contradicts the color model is left out"
    return None


def join_stream(segments: list[bytes], stream: bytes) -> bytes:
    """Return a JPEG with these segments in front, and the coded picture of ``stream``.

    Parameters
    ----------
    segments : list of bytes
        Whole application segments and comments.
    stream : bytes
        A whole JPEG, whose own segments of these kinds are left out.
    """
    first = next(segment for segment in read_layout(stream).segments if not segment.carried)
    return b"".join((START_OF_IMAGE, *segments, memoryview(stream)[first.start :]))
