"""MicaSense metadata: pixel units, and XML that means harm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hadimg
from hadimg.errors import FormatError, HadimgError, LimitError, UnsupportedError
from hadimg.io import Image, Metadata
from hadimg.profiles import parse_micasense, read_micasense

SHAPE = (960, 1280)
CENTER = (639.29433505013424, 480.39791730098648)
K = (
    -0.00035899158967688416,
    3.8849091850333786e-06,
    -2.057088751909051e-08,
    5.0152576116649375e-11,
    -5.827880227440714e-14,
    2.5353631877162346e-17,
)


def packet(center=CENTER, polynomial=K, *, prefix="Camera", uri="http://pix4d.com/camera/1.0", extra="", head=""):
    """Return an XMP packet as the cameras write it."""

    def sequence(name, values):
        items = "".join(f"<rdf:li>{value!r}</rdf:li>" for value in values)
        return f"<{prefix}:{name}><rdf:Seq>{items}</rdf:Seq></{prefix}:{name}>"

    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{head}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:{prefix}="{uri}">'
        f"<{prefix}:BandName>Blue</{prefix}:BandName>{sequence('VignettingCenter', center)}"
        f"{sequence('VignettingPolynomial', polynomial)}{extra}</rdf:Description></rdf:RDF></x:xmpmeta>"
        + " " * 100
        + '<?xpacket end="w"?>'
    ).encode()


def test_pixel_units_become_half_diagonals():
    """The published values of a RedEdge camera give the published weights, to all printed digits."""
    weights = parse_micasense(packet(), SHAPE).weights(SHAPE)
    assert weights[0, 0] == pytest.approx(0.758995791, abs=5e-10)
    assert weights[479, 639] == pytest.approx(0.999495025, abs=5e-10)
    assert weights[959, 1279] == pytest.approx(0.759325547, abs=5e-10)


def test_the_mask_is_the_polynomial_of_the_distance_in_pixels():
    """At any pixel: the distance in 0-based indices from the stated center (column first), all six powers."""
    mask = parse_micasense(packet(), SHAPE)
    row, col = 123, 1001
    r = np.hypot(col - CENTER[0], row - CENTER[1])
    assert mask.weights(SHAPE)[row, col] == pytest.approx(1 + sum(k * r ** (n + 1) for n, k in enumerate(K)), rel=1e-12)


def test_the_prefix_does_not_matter_and_the_namespace_does():
    """XML names are what the declaration says; the same words of another namespace are something else."""
    assert parse_micasense(packet(prefix="c"), SHAPE) == parse_micasense(packet(), SHAPE)
    with pytest.raises(FormatError, match="must state VignettingCenter once, got it 0 times"):
        parse_micasense(packet(uri="http://example.com/other"), SHAPE)


def test_a_picture_carries_its_mask(tmp_path):
    """The metadata of a TIFF picture are found, and its size is the one that the pixels count in."""
    path = tmp_path / "IMG_0000_1.tif"
    image = Image.from_pixels(np.zeros(SHAPE, np.uint16))
    hadimg.write_image(path, replace(image, metadata=Metadata(xmp=packet())))
    assert read_micasense(path) == parse_micasense(packet(), SHAPE)
    hadimg.write_image(path, image)
    with pytest.raises(FormatError, match=r"IMG_0000_1\.tif: the picture has no XMP metadata"):
        read_micasense(path)


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(12)
)


@pytest.mark.parametrize(
    ("xmp", "error", "words"),
    [
        (packet(head=BOMB + "]>", extra="<rdf:li>&m;</rdf:li>"), UnsupportedError, "DTD|entity"),
        (packet(head="<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"), UnsupportedError, "DTD|entity"),
        (packet(extra="<rdf:li>&unknown;</rdf:li>"), FormatError, "XML is broken"),
        (packet()[:300], FormatError, "XML is broken"),
        (b"", FormatError, "XML is broken"),
        (b"\xff\xfe\x00", FormatError, "XML is"),
        (packet(center=(1.0,)), FormatError, "VignettingCenter must hold 2 numbers, got 1"),
        (packet(polynomial=K[:5]), FormatError, "VignettingPolynomial must hold 6 numbers, got 5"),
        (packet(polynomial=(*K[:5], float("nan"))), FormatError, "must hold numbers, got 'nan'"),
        (packet(polynomial=(*K[:5], float("inf"))), FormatError, "must hold numbers, got 'inf'"),
        (packet(extra="<Camera:VignettingCenter/>"), FormatError, "once, got it 2 times"),
        (packet(extra="<a>" * 40 + "</a>" * 40), LimitError, "nested elements"),
        (b" " * (1 << 23), LimitError, "has 8388608 bytes"),
    ],
)
def test_hostile_packets_are_refused_by_name(xmp, error, words):
    """Entities, DTDs, holes and depth: a named error each, nothing is expanded or fetched."""
    with pytest.raises(error, match=words):
        parse_micasense(xmp, SHAPE)


def test_every_cut_of_a_packet_is_refused():
    """Wherever the packet ends early, the error is one of hadimg's own."""
    whole = packet()
    end = whole.index(b"</x:xmpmeta>") + len(b"</x:xmpmeta>")
    for cut in range(0, end, 13):
        with pytest.raises(HadimgError):
            parse_micasense(whole[:cut], SHAPE)
