"""DNG opcodes: the corner rule, gain maps on their own rectangle, round trips and hostile bytes."""

from __future__ import annotations

import contextlib
import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadimg import masks
from hadimg.errors import ArgumentError, ArgumentTypeError, FormatError, HadimgError, ReadError
from hadimg.profiles import format_opcodes, parse_opcodes, read_dng

K = (0.3, 0.2, -0.1, 0.15, 0.05)


def opcode(identifier, parameters, *, flags=1):
    """One opcode as bytes."""
    return struct.pack(">4I", identifier, 0x01030000, flags, len(parameters)) + parameters


def opcode_list(*opcodes):
    """Return an opcode list as bytes."""
    return struct.pack(">I", len(opcodes)) + b"".join(opcodes)


def vignette(k=K, x=0.6, y=0.4):
    """Return the parameters of FixVignetteRadial."""
    return struct.pack(">7d", *k, x, y)


def gain_map(gains, *, area=(0, 0, 40, 60), plane=(0, 1), pitch=(1, 1), spacing=None, origin=(0.0, 0.0), points=None):
    """Return the parameters of GainMap for gains of shape (rows, cols, maps)."""
    gains = np.asarray(gains, ">f4")
    rows, cols, maps = gains.shape
    spacing = spacing or tuple(1 / max(n - 1, 1) for n in (rows, cols))
    head = struct.pack(">10I4dI", *area, *plane, *pitch, *(points or (rows, cols)), *spacing, *origin, maps)
    return head + gains.tobytes()


def test_a_vignette_is_read_with_its_center_column_first():
    """The seven big-endian numbers are k0 to k4, the center's column and its row."""
    (step,) = parse_opcodes(opcode_list(opcode(3, vignette())))
    assert (step.name, step.optional, step.area) == ("FixVignetteRadial", True, None)
    assert step.masks == (masks.DngVignette(*K, center_row=0.4, center_col=0.6),)
    assert step.on_picture((4, 6)) == step.masks


def test_the_radius_is_one_at_the_farthest_outer_corner():
    """Adobe's rule, not the farthest pixel center: at the outer corner the gain is 1 plus all coefficients."""
    mask = parse_opcodes(opcode_list(opcode(3, vignette())))[0].masks[0]
    height, width = 400, 600
    farthest = np.hypot(0.6 * height, 0.6 * width)
    corner_pixel = np.hypot(0.6 * height - 0.5, 0.6 * width - 0.5)
    z = (corner_pixel / farthest) ** 2
    gain = 1 + sum(k * z ** (n + 1) for n, k in enumerate(K))
    assert mask.weights((height, width))[-1, 0] == pytest.approx(1 / gain, rel=1e-13)
    # The other reading has z = 1 at that pixel: seen to differ.
    assert abs(mask.weights((height, width))[-1, 0] * (1 + sum(K)) - 1) > 1e-3


def test_lists_are_read_in_order_and_other_steps_are_named():
    """Steps that are no shading are kept by name and have no masks; unknown numbers are named as such."""
    steps = parse_opcodes(
        opcode_list(
            opcode(1, b"\1" * 7, flags=0), opcode(3, vignette()), opcode(99, b""), opcode(9, gain_map([[[2.0]]]))
        )
    )
    assert [step.name for step in steps] == ["WarpRectilinear", "FixVignetteRadial", "opcode 99", "GainMap"]
    assert [len(step.masks) for step in steps] == [0, 1, 0, 1]
    assert [step.optional for step in steps] == [False, True, True, True]


def test_gain_maps_lie_on_their_own_rectangle():
    """Nodes are fractions of the rectangle, sampled at pixel centers; outside of it the picture's mask is 1."""
    gains = np.array([[1.0, 2.0, 1.5], [1.5, 3.0, 2.0]])[:, :, None]
    (step,) = parse_opcodes(opcode_list(opcode(9, gain_map(gains, area=(10, 20, 40, 60)))))
    assert step.area.shape == (30, 40)
    on_rectangle = step.masks[0].weights(step.area.shape)
    row, col = (0 + 0.5) / 30, (39 + 0.5) / 40
    expected = (1 - row) * (2.0 + (col - 0.5) * 2 * -0.5) + row * (3.0 + (col - 0.5) * 2 * -1.0)
    assert on_rectangle[0, 39] == pytest.approx(1 / expected, rel=1e-13)
    (whole,) = step.on_picture((50, 70))
    weights = whole.weights((50, 70))
    np.testing.assert_allclose(weights[10:40, 20:60], on_rectangle, rtol=1e-12)
    weights[10:40, 20:60] = 1.0
    assert (weights == 1.0).all()


def test_gain_maps_of_a_mosaic_name_their_pixels():
    """The area gives the pixels of one color: where the weights lie, and where they belong."""
    gains = np.linspace(1, 2, 6).reshape(2, 3, 1)
    (step,) = parse_opcodes(opcode_list(opcode(9, gain_map(gains, area=(1, 0, 40, 60), pitch=(2, 2)))))
    picture = np.zeros((40, 60))
    weights = step.masks[0].weights(step.area.shape)[step.area.steps]
    assert picture[step.area.slices].shape == weights.shape == (20, 30)
    np.testing.assert_allclose(step.on_picture((40, 60))[0].weights((40, 60))[step.area.slices], weights, rtol=1e-12)


def test_endless_lists_are_refused():
    """A thousand steps are read, one more is not, whatever they are."""
    assert len(parse_opcodes(opcode_list(*[opcode(99, b"")] * 1000))) == 1000
    with pytest.raises(FormatError, match="declares 1001 opcodes"):
        parse_opcodes(opcode_list(*[opcode(99, b"")] * 1001))


def test_each_map_plane_is_one_mask():
    """Gains of several planes are interleaved, plane by plane at each point."""
    gains = np.arange(1, 13, dtype=float).reshape(2, 2, 3)
    (step,) = parse_opcodes(opcode_list(opcode(9, gain_map(gains, plane=(0, 3)))))
    assert [mask.nodes[0] for mask in step.masks] == [(1.0, 4.0), (2.0, 5.0), (3.0, 6.0)]


def test_a_map_of_one_point_is_constant():
    """A single point has no spacing; files give 0 or 1 for it."""
    for spacing in ((0.0, 0.0), (1.0, 1.0)):
        (step,) = parse_opcodes(opcode_list(opcode(9, gain_map([[[4.0]]], spacing=spacing))))
        np.testing.assert_array_equal(step.masks[0].weights((3, 5)), np.full((3, 5), 0.25))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "begins with a count"),
        (b"\xff\xff\xff\xff", "declares 4294967295 opcodes"),
        (struct.pack(">I", 2) + opcode(3, vignette()) + b"\0" * 8, "opcode 1 is cut"),
        (opcode_list(opcode(3, vignette()))[:-1], "declares 56 bytes of parameters, 55 follow"),
        (opcode_list(opcode(3, vignette())) + b"x", "1 bytes follow the last opcode"),
        (opcode_list(opcode(3, vignette()[:-8])), r"opcode 0 \(FixVignetteRadial\): the parameters must be 56 bytes"),
        (opcode_list(opcode(3, vignette(k=(float("nan"), 0, 0, 0, 0)))), "must be finite"),
        (opcode_list(opcode(3, vignette(x=1.5))), r"center must lie in \[0, 1\], got x 1.5"),
        (opcode_list(opcode(9, b"\0" * 80)), "at least 76 bytes|points in 0 planes"),
        (opcode_list(opcode(9, b"\0" * 20)), "at least 76 bytes, got 20"),
        (opcode_list(opcode(9, gain_map(np.ones((2, 2, 1)), points=(1 << 31, 1 << 31)))), "points in 1 planes need"),
        (opcode_list(opcode(9, gain_map(np.ones((2, 2, 1)), area=(5, 0, 5, 9)))), "area must hold pixels"),
        (opcode_list(opcode(9, gain_map(np.ones((2, 2, 1)), pitch=(0, 1)))), "area must hold pixels"),
        (
            opcode_list(opcode(9, gain_map(np.ones((2, 2, 1)), spacing=(0.0, 1.0)))),
            "spacing of the points must be above 0",
        ),
        (opcode_list(opcode(9, gain_map(np.ones((2, 2, 1)), origin=(np.inf, 0.0)))), "must be finite"),
        (opcode_list(opcode(9, gain_map(np.ones((2, 2, 1)), origin=(1e9, 0.0)))), "row_origin must lie in"),
        (
            opcode_list(opcode(9, gain_map([[[1.0], [np.nan]]]))),
            "map 0 must hold positive gains, got nan at row 0, column 1",
        ),
        (opcode_list(opcode(9, gain_map([[[1.0], [0.0]]]))), "positive gains, got 0.0"),
    ],
)
def test_broken_lists_are_refused_by_name(data, words):
    """Cut, overlong, absurd and not finite: a FormatError that says where, and nothing is allocated for a count."""
    with pytest.raises(FormatError, match=words):
        parse_opcodes(data)


@given(st.integers(0, 200), st.binary(max_size=8))
def test_no_bytes_make_anything_but_a_named_error(cut, noise):
    """A list that is cut anywhere and goes on with noise is read or refused, never a crash."""
    good = opcode_list(opcode(3, vignette()), opcode(9, gain_map(np.ones((2, 2, 1)))))
    with contextlib.suppress(HadimgError):
        parse_opcodes(good[:cut] + noise + good[cut + len(noise) :])


def test_a_written_list_is_read_back_exactly():
    """Parameters travel as doubles: the mask comes back equal."""
    mask = masks.DngVignette(*K, center_row=0.43, center_col=0.52)
    (step,) = parse_opcodes(format_opcodes(mask, optional=False))
    assert step.masks == (mask,)
    assert not step.optional


def test_only_what_dng_can_say_is_written():
    """Another family is converted by the caller, who sees the deviation; a center outside is refused."""
    with pytest.raises(ArgumentTypeError, match=r"dng_vignette mask, got polynomial \(convert it"):
        format_opcodes(masks.Polynomial())
    with pytest.raises(ArgumentError, match=r"center must lie in \[0, 1\]"):
        format_opcodes(masks.DngVignette(center_row=1.2))


def dng_file(lists, *, order=">", below=False):
    """Return a TIFF whose first picture, or the one below it, has opcode lists by tag."""
    entries = {256: (4, struct.pack(order + "I", 60)), 257: (4, struct.pack(order + "I", 40))}
    entries |= {tag: (7, data) for tag, data in lists.items()}
    file = io.BytesIO()
    file.write((b"MM" if order == ">" else b"II") + struct.pack(order + "HI", 42, 8))
    if below:
        main = {256: entries[256], 257: entries[257], 330: (4, struct.pack(order + "I", 1000))}
        file.write(directory(main, order, 8))
        file.write(b"\0" * (1000 - file.tell()))
        file.write(directory(entries, order, 1000))
    else:
        file.write(directory(entries, order, 8))
    return file.getvalue()


def directory(entries, order, start):
    """Return a TIFF directory with the long values behind it."""
    table, values = b"", b""
    behind = start + 2 + 12 * len(entries) + 4
    for tag, (kind, data) in sorted(entries.items()):
        count = len(data) // {4: 4, 7: 1}[kind]
        field = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(order + "I", behind + len(values))
        values += data if len(data) > 4 else b""
        table += struct.pack(order + "HHI", tag, kind, count) + field
    return struct.pack(order + "H", len(entries)) + table + struct.pack(order + "I", 0) + values


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("below", [False, True])
def test_files_are_read_in_both_byte_orders(order, below, tmp_path):
    """The lists are big-endian whatever the file is, and lie at the picture that they are for."""
    path = tmp_path / "a.dng"
    lists = {51009: opcode_list(opcode(9, gain_map(np.ones((2, 2, 1))))), 51022: opcode_list(opcode(3, vignette()))}
    path.write_bytes(dng_file(lists, order=order, below=below))
    (profile,) = read_dng(path)
    assert profile.shape == (40, 60)
    assert sorted(profile.lists) == [2, 3]
    assert profile.lists[3][0].masks[0].k0 == K[0]
    assert profile.lists[2][0].area.bottom == 40


def test_files_without_opcodes_and_broken_files(tmp_path):
    """No list is no profile; a broken list names the file."""
    path = tmp_path / "a.dng"
    path.write_bytes(dng_file({}))
    assert read_dng(path) == ()
    path.write_bytes(dng_file({51022: b"\0\0\0\7oops"}))
    with pytest.raises(FormatError, match=r"a\.dng: the opcode list declares 7 opcodes"):
        read_dng(path)
    with pytest.raises(ReadError, match="no such file"):
        read_dng(tmp_path / "none.dng")
