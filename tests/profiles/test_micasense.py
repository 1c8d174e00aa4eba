"""MicaSense metadata: pixel units, and XML that means harm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import hadimg
from hadimg import masks
from hadimg.errors import ArgumentError, FormatError, HadimgError, LimitError, UnsupportedError
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


EXPONENTS = (0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 1, 0, 2, 0, 3, 0, 4, 1, 1, 1, 2, 1, 3, 2, 1, 2, 2, 3, 1)
FACTORS = (
    *(0.7562020180280091, 1.1264824215303069, -2.6696695964250181, 3.0071531982772011, -1.468956791623538),
    *(0.4082669339543161, -0.3184066771331092, -0.2274293062027746, 0.1065379669565812, -1.0918397851886512),
    *(0.9974502466520518, 0.0200064373266202, 1.2678753224087242, -1.1064614371388299, -0.0784887541814723),
)
"""What a Sequoia states of one of its cameras."""


def sequoia(exponents=EXPONENTS, factors=FACTORS, *, form="text", extra=""):
    """Return an XMP packet that states a polynomial of column and row, in each of the three ways of XMP."""
    stated = {"VignettingPolynomial2DName": exponents, "VignettingPolynomial2D": factors}
    texts = {name: [str(value) for value in values] for name, values in stated.items()}
    inside = " ".join(f'c:{name}="{",".join(values)}"' for name, values in texts.items()) if form == "attribute" else ""
    below = {
        "attribute": "",
        "text": "".join(f"<c:{name}>{', '.join(values)}</c:{name}>" for name, values in texts.items()),
        "sequence": "".join(
            f"<c:{name}><rdf:Seq>{''.join(f'<rdf:li>{value}</rdf:li>' for value in values)}</rdf:Seq></c:{name}>"
            for name, values in texts.items()
        ),
    }
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:c="http://pix4d.com/camera/1.0/" {inside}>{below[form]}{extra}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


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


def index_polynomial(shape, exponents, factors):
    """Return what the cameras' makers evaluate: x and y are indices over sizes, not positions of pixel centers."""
    y, x = np.mgrid[: shape[0], : shape[1]] / np.array(shape)[:, None, None]
    pairs = zip(exponents[::2], exponents[1::2], strict=True)
    return sum(factor * x**a * y**b for factor, (a, b) in zip(factors, pairs, strict=True))


@pytest.mark.parametrize("form", ["text", "sequence", "attribute"])
def test_sequoia_counts_from_pixel_indices(form):
    """Its polynomial of j/W and i/H, exactly, in each way of XMP; read at pixel centers it would be 0.1 % off."""
    mask = parse_micasense(sequoia(form=form), SHAPE)
    expected = index_polynomial(SHAPE, EXPONENTS, FACTORS)
    assert mask.degree == 4
    assert mask.weights(SHAPE)[0, 0] == pytest.approx(FACTORS[0], rel=1e-13)
    np.testing.assert_allclose(mask.weights(SHAPE), expected, rtol=1e-12)
    centers = index_polynomial((2 * SHAPE[0], 2 * SHAPE[1]), EXPONENTS, FACTORS)[1::2, 1::2]
    assert np.abs(centers / expected - 1).max() > 5e-4


def test_a_polynomial_of_column_and_row_at_any_size(rng):
    """Random exponents up to 8 in all, some twice, on a small picture, where half a pixel is much."""
    shape = (5, 9)
    exponents = [int(number) for pair in zip(range(9), range(8, -1, -1), strict=True) for number in pair] + [1, 2, 1, 2]
    factors = rng.uniform(-1, 1, len(exponents) // 2).tolist()
    mask = masks.PolynomialSurface.for_picture(shape, exponents, factors)
    np.testing.assert_allclose(mask.weights(shape), index_polynomial(shape, exponents, factors), rtol=1e-11, atol=1e-13)
    constant = masks.PolynomialSurface.for_picture(shape, [0, 0], [0.5])
    np.testing.assert_array_equal(constant.weights(shape), np.full(shape, 0.5))


def test_the_radial_polynomial_goes_first():
    """As in MicaSense's own program, a packet that states both is read by its radial polynomial."""
    both = "".join(
        f"<Camera:VignettingPolynomial2D{end}>0,0</Camera:VignettingPolynomial2D{end}>" for end in ("", "Name")
    )
    assert parse_micasense(packet(extra=both), SHAPE) == parse_micasense(packet(), SHAPE)


@pytest.mark.parametrize(
    ("xmp", "error", "words"),
    [
        (sequoia(EXPONENTS[:-1]), FormatError, "VignettingPolynomial2DName must hold 30 numbers, got 29"),
        (sequoia((0, 0, 1, -1), (1, 1)), FormatError, r"2DName: exponents\[3\] must lie in \[0, 8\], got -1.0"),
        (sequoia((0, 0, 1, 0.5), (1, 1)), FormatError, "exponents must be two whole numbers for each of 2 factors"),
        (sequoia((0, 0, 5, 4), (1, 1)), FormatError, "sum of two exponents must be at most 8, got 9"),
        (sequoia(factors=(*FACTORS[:-1], "nan")), FormatError, "VignettingPolynomial2D must hold numbers, got 'nan'"),
        (sequoia(factors=(*FACTORS[:-1], "exit()")), FormatError, r"must hold numbers, got 'exit\(\)'"),
        (sequoia((), ()), FormatError, "VignettingPolynomial2D must hold numbers, got ''"),
        (sequoia(factors=(0.5,) * 201), FormatError, "must hold at most 200 numbers, got 201"),
        (sequoia(extra="<c:VignettingPolynomial2D>1</c:VignettingPolynomial2D>"), FormatError, "once, got it 2 times"),
    ],
)
def test_broken_polynomials_of_column_and_row_are_refused(xmp, error, words):
    """Holes, exponents that are none, degrees beyond those of the family: a named error each."""
    with pytest.raises(error, match=words):
        parse_micasense(xmp, SHAPE)
    with pytest.raises(ArgumentError, match="two whole numbers for each of 1 factors"):
        masks.PolynomialSurface.for_picture(SHAPE, [0, 0, 1, 0], [1.0])


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
