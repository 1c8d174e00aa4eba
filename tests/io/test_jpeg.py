"""JPEG pictures come back as they were: pixels, tables, sampling; what cannot be kept is refused by name."""

from __future__ import annotations

import io
import struct
from dataclasses import replace

import numpy as np
import pytest
import simplejpeg
from PIL import Image as Pillow
from PIL import JpegImagePlugin

from hadimg.errors import ArgumentError, UnsupportedError
from hadimg.io import jpeg
from hadimg.io.exif import orientation_only
from hadimg.io.header import ReadOptions, WriteOptions
from hadimg.io.image import Image, Metadata, Page
from hadimg.io.jpeg_tables import quality_tables

OWN_TABLES = [[3 + k // 5 for k in range(64)], [4 + k // 3 for k in range(64)]]
FINE_TABLES = [[value + 1 for value in table] for table in quality_tables(95)]
PILLOW_NAMES = {0: "444", 1: "422", 2: "420"}


@pytest.fixture
def photograph(rng):
    """Make a small picture with gradients, an edge and grain; its sides are no multiples of any block size."""
    rows, columns = np.mgrid[0:83, 0:117]
    scene = 130 + 50 * np.sin(columns / 23) + 30 * np.cos(rows / 31) - 20 * (columns > 60)
    color = scene[..., None] * [1.0, 0.9, 0.75] + rng.normal(0, 3, (83, 117, 1))
    return np.clip(color, 0, 255).astype(np.uint8)


def read(data, **options):
    """Probe and decode, as `read_image` does."""
    options = ReadOptions(**options)
    return jpeg.decode(data, jpeg.probe(data, options), options)


def write(image, **options):
    """Encode; the file's bytes."""
    return jpeg.encode(image, WriteOptions(**options)).data


def by_pillow(pixels, **options):
    """Return a JPEG that another program wrote."""
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG", **options)
    return stream.getvalue()


def coding(data):
    """Tables, sampling and progressive flag as an independent reader sees them."""
    picture = Pillow.open(io.BytesIO(data))
    factors = tuple(layer[1:3] for layer in picture.layer)
    tables = {number: list(table) for number, table in picture.quantization.items()}
    return tables, factors, bool(picture.info.get("progressive")), [layer[3] for layer in picture.layer]


def decibels(one, other):
    """Peak signal-to-noise ratio of two pictures of 8 bits."""
    error = np.mean((one.astype(float) - other) ** 2)
    return np.inf if error == 0 else 10 * np.log10(255**2 / error)


def segment(code, payload):
    """Return a JPEG segment."""
    return bytes((0xFF, code)) + struct.pack(">H", len(payload) + 2) + payload


def from_planes(planes, height, width, factors, *, names=(1, 2, 3), front=b"", quality=95):
    """Return a JPEG of any sampling, one scan a component, put together from three grey ones."""
    scans, tables = [], b""
    for plane, name in zip(planes, names, strict=True):
        data, position, found = by_pillow(plane, quality=quality), 2, {}
        while True:
            code, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
            if code == 0xDA:
                scans.append(segment(0xDA, bytes((1, name, 0, 0, 63, 0))) + data[position + 2 + length : -2])
                break
            found.setdefault(code, []).append(data[position : position + 2 + length])
            position += 2 + length
        tables = b"".join(found[0xDB] + found[0xC4])
    frame = struct.pack(">BHHB", 8, height, width, 3)
    frame += b"".join(bytes((name, h << 4 | v, 0)) for name, (h, v) in zip(names, factors, strict=True))
    return b"\xff\xd8" + front + tables + segment(0xC0, frame) + b"".join(scans) + b"\xff\xd9"


@pytest.mark.parametrize("tables", [{"quality": 83}, {"qtables": OWN_TABLES}], ids=["ijg", "own"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("sampling", [0, 1, 2])
def test_a_color_jpeg_keeps_its_coding(photograph, tables, progressive, sampling):
    """Read and written again, tables, sampling and progressive flag are those of the source, and so are the pixels."""
    data = by_pillow(photograph, subsampling=sampling, progressive=progressive, **tables)
    image = read(data)
    again = write(image)
    assert coding(again) == coding(data)
    # Subsampled chroma is filtered on each way; a change of 0.1 % of the range in all pixels gives 48 dB at most.
    assert decibels(read(again).pixels, image.pixels) > (58 if sampling == 0 else 48)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("tables", [{"quality": 83}, {"qtables": OWN_TABLES[:1]}], ids=["ijg", "own"])
def test_a_grey_jpeg_stays_grey(photograph, tables, progressive):
    """Two dimensions in memory, one component in the file, with the table of the source."""
    data = by_pillow(photograph[..., 1], progressive=progressive, **tables)
    image = read(data)
    assert image.pixels.shape == (83, 117)
    again = write(image)
    assert coding(again) == coding(data)
    assert decibels(read(again).pixels, image.pixels) > 58


@pytest.mark.parametrize("sampling", ["440", "411"])
def test_sampling_that_pillow_cannot_write_is_kept(photograph, sampling):
    """Pictures turned without loss are 4:4:0; they stay so at the qualities that have a number."""
    data = simplejpeg.encode_jpeg(photograph, quality=90, colorsubsampling=sampling)
    result = jpeg.encode(read(data), WriteOptions())
    assert coding(result.data) == coding(data)
    assert result.notes == ()


def test_sampling_that_no_encoder_writes_becomes_finer_and_is_named(photograph):
    """4:4:0 with tables of its own is written as 4:4:4, never silently as 4:2:0."""
    data = simplejpeg.encode_jpeg(photograph, quality=90, colorsubsampling="440")
    place = data.index(b"\xff\xdb") + 5
    own = data[:place] + bytes((data[place] + 1,)) + data[place + 1 :]
    result = jpeg.encode(read(own), WriteOptions())
    assert coding(result.data)[0] == coding(own)[0]
    assert coding(result.data)[1] == ((1, 1),) * 3
    assert any("440" in note and "444" in note for note in result.notes)


@pytest.mark.parametrize("factors", [((4, 2), (1, 1), (1, 1)), ((2, 2), (2, 2), (2, 2)), ((1, 4), (1, 1), (1, 1))])
def test_unusual_sampling_is_read(photograph, factors):
    """Sampling factors without a name are decoded, as an independent reader decodes them."""
    height, width = photograph.shape[:2]
    most_h, most_v = (max(pair[k] for pair in factors) for k in (0, 1))
    sizes = [(-(-width * h // most_h), -(-height * v // most_v)) for h, v in factors]
    planes = Pillow.fromarray(photograph).convert("YCbCr").split()
    planes = [np.asarray(plane.resize(size)) for plane, size in zip(planes, sizes, strict=True)]
    data = from_planes(planes, height, width, factors)
    image = read(data)
    np.testing.assert_array_equal(image.pixels, np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB")))
    result = jpeg.encode(image, WriteOptions())
    assert read(result.data).pixels.shape == photograph.shape
    assert decibels(read(result.data).pixels, image.pixels) > 45


@pytest.mark.parametrize(
    ("names", "front", "model"),
    [
        (b"RGB", b"", "rgb"),
        (b"\1\2\3", segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"), "rgb"),
        (b"\1\2\3", segment(0xEE, b"Adobe\0\x64\0\0\0\0\1"), "ycbcr"),
        (b"RGB", segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"), "ycbcr"),
        (b"\1\2\3", segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"), "ycbcr"),
        (b"\0\1\2", b"", "ycbcr"),
    ],
)
@pytest.mark.parametrize("strip", [False, True])
def test_the_color_model_survives(photograph, names, front, model, strip):
    """Files whose components are R, G and B, by name or by an Adobe segment, keep their colors and their coding."""
    planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(photograph, 2, 0)]
    height, width = photograph.shape[:2]
    data = from_planes(planes, height, width, ((1, 1),) * 3, names=names, front=front)
    image = read(data)
    peer = np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(image.pixels, peer)
    if model == "rgb":
        assert decibels(image.pixels, photograph) > 40
    result = jpeg.encode(image, WriteOptions(strip=strip))
    peer_again = np.asarray(Pillow.open(io.BytesIO(result.data)).convert("RGB"))
    np.testing.assert_array_equal(read(result.data).pixels, peer_again)
    # Noise in "YCbCr" planes lies outside RGB: only the RGB ones come back exactly.
    assert decibels(peer_again, peer) > (58 if model == "rgb" else 30)
    assert simplejpeg.decode_jpeg_header(result.data)[2] == {"rgb": "RGB", "ycbcr": "YCbCr"}[model]
    if model == "rgb":
        assert (b"Adobe" in result.data) == (b"Adobe" in front)
    contradiction = model == "ycbcr" and front.endswith(b"\0\0\0\0\0") and b"Adobe" in front
    assert any("contradicts" in note for note in result.notes) == (contradiction and not strip)


def test_ones_leave_nearly_nothing_behind(photograph):
    """Decoded and encoded again at full sampling, at most one pixel in fifteen moves by one level."""
    fine = read(by_pillow(photograph, qtables=FINE_TABLES, subsampling=0))
    assert decibels(read(write(fine)).pixels, fine.pixels) > 60
    usual = read(by_pillow(photograph, quality=90, subsampling=0))  # encoders with a coarse DCT stay under 56 dB here
    assert decibels(read(write(usual)).pixels, usual.pixels) > 60


def test_three_tables_are_kept(photograph):
    """A table for each component stays with its component."""
    tables = [*OWN_TABLES, [5 + k // 2 for k in range(64)]]
    data = by_pillow(photograph, qtables=tables, subsampling=0)
    again = write(read(data))
    assert coding(again) == coding(data)
    assert coding(again)[0] == dict(enumerate(tables))


def test_tables_of_sixteen_bits_are_kept(photograph):
    """Very coarse tables, over 255, are written as they were read."""
    data = by_pillow(photograph, qtables=[[9 + 7 * k for k in range(64)]], subsampling=0, progressive=True)
    assert coding(write(read(data))) == coding(data)


def test_decoded_pixels_are_ours_to_change(photograph):
    """Arrays are C-ordered, writable and own their values, grey and color."""
    for pixels in (photograph, photograph[..., 0]):
        decoded = read(by_pillow(pixels)).pixels
        assert decoded.flags.c_contiguous
        assert decoded.flags.writeable
        assert decoded.dtype == np.uint8


def test_decoding_agrees_with_an_independent_reader(photograph):
    """The same pixels as libjpeg gives to Pillow, whatever the sampling."""
    for sampling in PILLOW_NAMES:
        data = by_pillow(photograph, subsampling=sampling, quality=80)
        np.testing.assert_array_equal(read(data).pixels, np.asarray(Pillow.open(io.BytesIO(data))))


def test_header_needs_no_pixels(photograph):
    """The probe tells size and channels from a file that holds nothing but its header."""
    for pixels in (photograph, photograph[..., 0]):
        data = by_pillow(pixels)
        header = jpeg.probe(data[: data.index(b"\xff\xda") + 14], ReadOptions())
        assert (header.shapes, header.channels, header.itemsize) == (((83, 117),), 3 if pixels.ndim == 3 else 1, 1)


def test_quality_and_subsampling_on_request(photograph):
    """What the user asks for replaces what the source has, and nothing more."""
    data = by_pillow(photograph, qtables=OWN_TABLES, subsampling=2, progressive=True)
    image = read(data)
    tables, factors, progressive, _ = coding(write(image, quality=70))
    assert tables == dict(enumerate(map(list, quality_tables(70))))
    assert (factors[0], progressive) == ((2, 2), True)
    tables, factors, _, _ = coding(write(image, subsampling="422"))
    assert tables == dict(enumerate(OWN_TABLES))
    assert factors == ((2, 1), (1, 1), (1, 1))
    result = jpeg.encode(image, WriteOptions(quality=70, subsampling="440"))
    assert coding(result.data)[1:3] == (((1, 2), (1, 1), (1, 1)), False)
    assert any("progressive" in note for note in result.notes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"quality": 0}, "quality must be"),
        ({"quality": 101}, "quality must be"),
        ({"subsampling": "4:2:0"}, "subsampling must be one of"),
    ],
)
def test_options_that_do_not_exist_are_refused(photograph, options, words):
    """The message states the rule and the value."""
    with pytest.raises(ArgumentError, match=words):
        write(Image.from_pixels(photograph), **options)


def test_impossible_sampling_is_refused_with_a_way_out(photograph):
    """4:1:1 with the tables of the source has no encoder; with a quality it has."""
    image = read(by_pillow(photograph, qtables=OWN_TABLES))
    with pytest.raises(UnsupportedError, match="give a quality"):
        write(image, subsampling="411")
    assert coding(write(image, subsampling="411", quality=80))[1] == ((4, 1), (1, 1), (1, 1))


def test_too_much_detail_for_progressive_is_named(rng, capfd):
    """Noise in the finest tables does not fit the encoder's buffer: it is written baseline, with a note."""
    noise = rng.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    image = read(by_pillow(noise, qtables=[[1] * 64], subsampling=0))
    start = write(image).index(b"\xff\xc0")
    assert start > 0
    data = by_pillow(noise[:64, :64], qtables=[[1] * 64], subsampling=0, progressive=True)
    large = replace(read(data), pages=image.pages)
    result = jpeg.encode(large, WriteOptions())
    capfd.readouterr()  # the library prints a line of its own
    assert any("baseline" in note for note in result.notes)
    assert decibels(read(result.data).pixels, image.pixels) > 50


def test_from_another_format(photograph):
    """Quality 90, full sampling, a JFIF segment, and nothing to say."""
    result = jpeg.encode(Image.from_pixels(photograph), WriteOptions())
    assert result.notes == ()
    assert coding(result.data)[:3] == (dict(enumerate(map(list, quality_tables(90)))), ((1, 1),) * 3, False)
    assert Pillow.open(io.BytesIO(result.data)).info["jfif_version"] == (1, 2)
    grey = read(write(Image.from_pixels(photograph[..., :1])))
    assert decibels(grey.pixels, photograph[..., 0]) > 35


@pytest.mark.parametrize(
    "page",
    [
        Page(np.zeros((4, 4), np.uint16), white=65535.0),
        Page(np.zeros((4, 4, 3), np.float32), white=1.0),
        Page(np.zeros((4, 4, 4), np.uint8), alpha=True),
        Page(np.zeros((4, 4, 2), np.uint8), alpha=True),
        Page(np.zeros((4, 4, 4), np.uint8)),
        Page(np.zeros((4, 4), np.uint8), white=100.0),
        Page(np.zeros((1, 65501), np.uint8)),
    ],
    ids=["uint16", "float", "alpha", "grey and alpha", "four channels", "white", "width"],
)
def test_what_jpeg_cannot_hold_is_refused(page):
    """Depth, opacity, ranges and sides are refused by name, with another format as the way out."""
    with pytest.raises(UnsupportedError, match=r"write .*TIFF"):
        write(Image((page,), "png"))


def test_pages_are_refused(photograph):
    """Several pages do not become the first one."""
    with pytest.raises(UnsupportedError, match="one page, the picture has 2"):
        write(Image((Page(photograph), Page(photograph)), "tiff"))


def test_grey_out_of_color_is_written_afresh(photograph):
    """A picture that lost its colors on the way does not take the color tables of its source."""
    image = read(by_pillow(photograph, qtables=OWN_TABLES))
    result = jpeg.encode(image.with_pixels(np.ascontiguousarray(image.pixels[..., 1])), WriteOptions())
    assert read(result.data).pixels.shape == (83, 117)
    assert coding(result.data)[0] == {0: list(quality_tables(90)[0])}
    assert any("colors changed" in note for note in result.notes)


def test_writing_is_deterministic_and_changes_no_input(photograph):
    """The same picture gives the same bytes, from read-only and from strided arrays too."""
    for options in ({"quality": 90}, {"qtables": OWN_TABLES}):
        image = read(by_pillow(photograph, **options))
        first = write(image)
        image.pixels.flags.writeable = False
        wide = np.repeat(image.pixels, 2, axis=1)[:, ::2]
        assert first == write(image) == write(image.with_pixels(wide))


def test_strip_keeps_what_changes_the_look(photograph):
    """Profile, orientation and density stay; camera, place, comment and thumbnail go."""
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    data = by_pillow(photograph, exif=exif, icc_profile=b"profile" * 99, dpi=(300, 300), comment=b"private")
    stripped = read(write(read(data), strip=True))
    assert stripped.metadata == Metadata(exif=orientation_only(6), icc=b"profile" * 99, resolution=(300.0, 300.0))
    assert stripped.orientation == 6
    assert b"camera" not in stripped.source.data
    bare = read(write(replace(read(data), source=None), strip=True))
    assert (bare.metadata.icc, bare.orientation, bare.metadata.text) == (b"profile" * 99, 6, ())


def test_an_orientation_that_metadata_lack_is_written(photograph):
    """A picture from a format that keeps its orientation elsewhere is seen the same way as JPEG."""
    image = Image((Page(photograph, orientation=8),), "tiff")
    assert read(write(image)).orientation == 8
    turned = replace(read(write(image)), pages=(Page(photograph, orientation=1),))
    assert read(write(turned)).orientation == 1


def test_pyvips_reads_what_is_written(photograph):
    """An independent library opens the files without a warning, and sees the same pixels."""
    pyvips = pytest.importorskip("pyvips")
    for options in ({"quality": 83}, {"qtables": OWN_TABLES}, {"qtables": OWN_TABLES, "progressive": True}):
        data = write(read(by_pillow(photograph, **options)))
        peer = pyvips.Image.new_from_buffer(data, "", fail_on="warning").numpy()
        assert np.abs(peer.astype(int) - read(data).pixels).max() <= 1


def test_sampling_names_agree_with_pillow(photograph):
    """What is called 420 here is what others call so."""
    image = Image.from_pixels(photograph)
    for number, name in PILLOW_NAMES.items():
        assert JpegImagePlugin.get_sampling(Pillow.open(io.BytesIO(write(image, subsampling=name)))) == number
