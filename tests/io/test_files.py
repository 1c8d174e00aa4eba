"""Files of every kind are read whole or refused by name, and what cannot be kept is refused before writing."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import textwrap
import time
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest

from hadimg.errors import (
    ArgumentTypeError,
    DependencyError,
    FormatError,
    HadimgError,
    HadimgWarning,
    LimitError,
    ReadError,
    UnsupportedError,
    WriteError,
)
from hadimg.io import reading
from hadimg.io.files import encode_image, read_header, read_image, write_image
from hadimg.io.formats import FORMATS, Format
from hadimg.io.header import Encoded, Header, WriteOptions
from hadimg.io.image import Image
from hadimg.io.limits import Limits


@pytest.fixture
def pixels(rng):
    """Make a small picture."""
    return rng.integers(0, 256, (20, 30, 3), np.uint8)


@pytest.fixture
def png(tmp_path, pixels):
    """Make a PNG file that another library wrote."""
    path = tmp_path / "picture.png"
    PIL.Image.fromarray(pixels).save(path)
    return path


def test_reading_and_writing_keep_every_pixel(tmp_path, png, pixels):
    """A PNG file comes through unchanged, as another library sees it."""
    image = read_image(png)
    assert image.format == "png"
    assert image.notes == ()
    assert np.array_equal(image.pixels, pixels)
    write_image(tmp_path / "copy.png", image)
    with PIL.Image.open(tmp_path / "copy.png") as copy:
        assert np.array_equal(np.asarray(copy), pixels)


def test_header(png):
    """The header is read without pixels."""
    header = read_header(png)
    assert (header.format, header.shapes, header.channels, header.itemsize) == ("png", ((20, 30),), 3, 1)
    assert header.decoded_bytes == 20 * 30 * 3


def make_missing(path):
    """Leave the name free."""


def make_folder(path):
    """Make a folder."""
    path.mkdir()


def make_pipe(path):
    """Make a named pipe, which nobody ever writes to."""
    os.mkfifo(path)


def make_socket(path):
    """Make a socket."""
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(path))


def make_device(path):
    """Make a link to a device that never ends."""
    path.symlink_to("/dev/zero")


def make_empty(path):
    """Make an empty file."""
    path.touch()


def make_text(path):
    """Make a page that a server sent instead of the picture."""
    path.write_text("Sorry, you must log in first.\n")


def make_loop(path):
    """Make a link to itself."""
    path.symlink_to(path)


def make_noise(path):
    """Make a file of no known kind."""
    path.write_bytes(bytes(range(1, 200)))


KINDS = {
    make_missing: "no such file",
    make_folder: "not a file but a folder",
    make_pipe: "not a file but a named pipe",
    make_socket: "not a file but a socket",
    make_device: "not a file but a device",
    make_empty: "the file is empty",
    make_text: "the file holds text",
    make_loop: "the link leads to itself",
    make_noise: "no picture of a known format",
}


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and devices")
def test_what_is_no_picture_is_named_at_once(tmp_path, make, monkeypatch):
    """Whatever a name stands for, reading never waits, and says what it found."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "thing"
    make(path)
    begun = time.monotonic()
    with pytest.raises(ReadError, match=KINDS[make]) as caught:
        read_image(path)
    assert time.monotonic() - begun < 1.0
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="needs users")
def test_file_without_permission(open_folder):
    """A file that may not be read is named, with the way out."""
    path = open_folder / "secret.png"
    path.write_bytes(b"secret")
    path.chmod(0)
    code = """
        import os, sys
        from hadimg.errors import ReadError
        from hadimg.io.files import read_image
        if os.geteuid() == 0:
            os.setegid(65534)
            os.seteuid(65534)
        try:
            read_image(sys.argv[1])
        except ReadError as error:
            print(error.reason, "-", error.remedy)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), path], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "no permission to read - change the permissions of the file\n"


@pytest.mark.parametrize("name", ["a\0b.png", "a" * 300])
def test_impossible_names(name):
    """A name that no file can have is refused as one of ours."""
    with pytest.raises(ReadError):
        read_image(name)


def test_wrong_type_of_name():
    """What is no name is refused before anything else."""
    with pytest.raises(ArgumentTypeError, match="path must be"):
        read_image(7)


def test_huge_file_is_refused_unread(tmp_path, clock):
    """A file of one terabyte is refused by its size alone."""
    path = tmp_path / "huge.tif"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    begun = clock()
    with pytest.raises(LimitError, match=f"file_bytes is {1 << 31}, the file declares {1 << 40}"):
        read_image(path)
    assert clock() - begun < 0.5


def test_file_without_declared_size_is_bounded(tmp_path):
    """Files of the system, which declare no size, are read up to the limit and no further."""
    with pytest.raises(ReadError, match="text"):
        read_image("/proc/cpuinfo")
    with pytest.raises(LimitError, match="file_bytes"):
        read_image("/proc/self/mountinfo", limits=Limits(file_bytes=10))


@pytest.mark.parametrize("change", [b"more", None])
def test_file_that_changes_while_it_is_read(png, monkeypatch, change):
    """A file that somebody is writing to is refused, not read in halves."""
    real = reading._read_to_end

    def read_then_change(stream, size, limits):
        data = real(stream, size, limits)
        with png.open("ab") as other:
            other.write(change) if change else other.truncate(100)
        return data

    monkeypatch.setattr(reading, "_read_to_end", read_then_change)
    with pytest.raises(ReadError, match="changed while it was read"):
        read_image(png)


def test_a_wrong_suffix_is_noted(png):
    """The data decide, and the note says what the name claimed."""
    wrong = png.rename(png.with_suffix(".JPG"))
    image = read_image(wrong)
    assert image.format == "png"
    assert image.notes == ("the name says JPEG, the data are PNG",)


def test_no_suffix_at_all(png):
    """A file without suffix is read by its signature."""
    assert read_image(png.rename(png.with_suffix(""))).notes == ()
    assert read_image(png.with_suffix("").rename(png.with_name("jpg"))).notes == ()


def test_a_format_without_signature_is_known_by_its_name(tmp_path, pixels):
    """TGA has no signature: the suffix decides, and only there."""
    path = tmp_path / "picture.tga"
    PIL.Image.fromarray(pixels).save(path)
    assert np.array_equal(read_image(path).pixels, pixels)
    with pytest.raises(ReadError, match="no picture of a known format"):
        read_image(path.rename(path.with_suffix("")))


def test_a_preview_inside_a_raw_file_is_not_taken_for_the_picture(tmp_path, pixels):
    """Raw files that are TIFF inside are refused by their name, with the way out."""
    path = tmp_path / "picture.nef"
    PIL.Image.fromarray(pixels).save(path, "TIFF")
    with pytest.raises(UnsupportedError, match=r"raw file is not read \(develop"):
        read_image(path)


def test_broken_signature(png):
    """A file that does not begin as its name says is broken."""
    png.write_bytes(b"\x89PNX" + png.read_bytes()[4:])
    with pytest.raises(FormatError, match="the name says PNG"):
        read_image(png)


FOREIGN = {
    ValueError("two\nlines"): FormatError,
    IndexError(): FormatError,
    RecursionError("deep"): FormatError,
    OSError("library"): FormatError,
    MemoryError(): LimitError,
    ImportError("no module named x"): DependencyError,
    FormatError("known"): FormatError,
    UnsupportedError("known"): UnsupportedError,
}


@pytest.mark.parametrize("error", FOREIGN, ids=repr)
@pytest.mark.parametrize("step", ["probe", "decode"])
def test_no_foreign_exception_leaves_reading(png, monkeypatch, error, step):
    """Whatever a library raises becomes one of ours, in one line, with the file and the cause."""

    def fail(*_arguments):
        raise error

    codec = SimpleNamespace(probe=lambda *_: Header("png", ((20, 30),), 3, 1), decode=None)
    setattr(codec, step, fail)
    monkeypatch.setattr(Format, "codec", lambda _row: codec)
    with pytest.raises(HadimgError) as caught:
        read_image(png)
    assert type(caught.value) is FOREIGN[error]
    assert str(caught.value).startswith(f"{png}: ")
    assert "\n" not in str(caught.value)
    if not isinstance(error, HadimgError):
        assert caught.value.__cause__ is error


def test_the_header_is_held_against_the_limits_before_decoding(png, monkeypatch):
    """A header that declares too much is refused before the decoder runs."""
    codec = SimpleNamespace(probe=lambda *_: Header("png", ((1 << 14, 1 << 15),), 3, 1))
    monkeypatch.setattr(Format, "codec", lambda _row: codec)
    with pytest.raises(LimitError, match="page_pixels"):
        read_image(png)


def test_the_header_is_held_against_the_pixels(png, pixels, monkeypatch):
    """A picture of another size than its header declares is refused."""
    codec = SimpleNamespace(
        probe=lambda *_: Header("png", ((20, 31),), 3, 1), decode=lambda *_: Image.from_pixels(pixels, format="png")
    )
    monkeypatch.setattr(Format, "codec", lambda _row: codec)
    with pytest.raises(FormatError, match="declares 31 x 20, the data hold 30 x 20"):
        read_image(png)


def test_what_is_lost_is_said_before_writing(tmp_path, pixels, monkeypatch):
    """Each loss is one warning; turned into an error, it keeps the file from being written."""
    encoded = Encoded(png_bytes(pixels), ("the thumbnail is gone", "the map is gone"))
    codec = SimpleNamespace(encode=lambda *_: encoded, probe=lambda *_: Header("png", ((20, 30),), 3, 1))
    monkeypatch.setattr(Format, "codec", lambda _row: codec)
    with pytest.warns(HadimgWarning) as caught:
        write_image(tmp_path / "a.png", pixels)
    assert [str(one.message) for one in caught] == ["the thumbnail is gone", "the map is gone"]
    assert {one.filename for one in caught} == {__file__}
    with pytest.raises(HadimgWarning, match="the thumbnail"):
        write_image(tmp_path / "b.png", pixels)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def png_bytes(pixels):
    """Return a PNG file that another library wrote."""
    stream = io.BytesIO()
    PIL.Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.gif", "GIF is not written"),
        ("a.heic", "HEIF is not written"),
        ("a.xyz", "the suffix .xyz stands for no format"),
        ("jpg", "the name has no suffix"),
        ("a.jpg", "."),
    ],
)
def test_what_cannot_be_kept_is_refused_before_writing(tmp_path, name, reason):
    """Neither the format nor the depth is ever changed in silence; nothing is written, not even a temporary."""
    with pytest.raises(UnsupportedError, match=reason) as caught:
        write_image(tmp_path / name, np.full((4, 4), 0.5, np.float32))
    assert caught.value.path == tmp_path / name
    assert caught.value.remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", [b"", b"\x89PNG\r\n\x1a\n", "half", "other"])
def test_an_encoder_that_fails_silently_is_noticed(pixels, monkeypatch, broken):
    """What an encoder returns has to be a file with a header of the picture's size."""
    codec = FORMATS["png"].codec()
    data = {"half": png_bytes(pixels)[:200], "other": png_bytes(pixels[:10])}.get(broken, broken)
    stand_in = SimpleNamespace(encode=lambda *_: Encoded(data), probe=codec.probe)
    monkeypatch.setattr(Format, "codec", lambda _row: stand_in)
    with pytest.raises(WriteError, match="the encoder"):
        encode_image(Image.from_pixels(pixels), "a.png", WriteOptions())


def test_no_foreign_exception_leaves_writing(tmp_path, pixels, monkeypatch):
    """An encoder that raises gives a WriteError that names the file, and nothing is written."""

    def fail(*_arguments):
        raise struct_error

    struct_error = OverflowError("too\nbig")
    monkeypatch.setattr(Format, "codec", lambda _row: SimpleNamespace(encode=fail))
    with pytest.raises(WriteError, match="encoding failed: OverflowError: too big") as caught:
        write_image(tmp_path / "a.png", pixels)
    assert caught.value.__cause__ is struct_error
    assert list(tmp_path.iterdir()) == []


def test_overwriting_is_a_choice(png, pixels):
    """Files are replaced by default, as in other libraries, and kept when asked for."""
    old = png.read_bytes()
    with pytest.raises(WriteError, match="the file exists"):
        write_image(png, 255 - pixels, overwrite=False)
    assert png.read_bytes() == old
    write_image(png, 255 - pixels)
    assert np.array_equal(read_image(png).pixels, 255 - pixels)


@pytest.mark.parametrize("wrong", ["a picture", [[1, 2], [3, 4]], np.zeros((2, 2), np.int64)])
def test_what_is_no_picture_is_not_written(tmp_path, wrong):
    """Only pictures and arrays of the known types are written."""
    with pytest.raises(ArgumentTypeError):
        write_image(tmp_path / "a.png", wrong)
    assert list(tmp_path.iterdir()) == []
