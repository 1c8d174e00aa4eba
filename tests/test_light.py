"""The sRGB transfer functions: the printed constants, the inverse, and the tables of codes."""

from __future__ import annotations

import numpy as np
import pytest

from hadimg.light import code_tables, decode_srgb, encode_srgb


@pytest.mark.parametrize("value", [0.0, 1e-4, 0.04045, 0.040451, 0.0405, 0.05, 0.5, 1.0, 1.7])
def test_decoding_is_the_printed_formula(value):
    """Both sides of the printed threshold follow their own formula to the last bits, and negatives mirror them."""
    truth = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    assert decode_srgb(value) == pytest.approx(truth, rel=1e-15)
    assert decode_srgb(-value) == pytest.approx(-truth, rel=1e-15)


@pytest.mark.parametrize("value", [0.0, 1e-5, 0.0031308, 0.00313081, 0.0032, 0.2, 1.0, 3.0])
def test_encoding_is_the_printed_formula(value):
    """The same for the other direction."""
    truth = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    assert encode_srgb(value) == pytest.approx(truth, rel=1e-14)
    assert encode_srgb(-value) == pytest.approx(-truth, rel=1e-14)


@pytest.mark.parametrize("top", [1, 255, 1023, 65535])
def test_every_code_comes_back(top):
    """The light of a code lies nearest to that code; the guess to begin with is never too high."""
    tables = code_tables(top)
    codes = np.arange(top + 1)
    np.testing.assert_array_equal(np.searchsorted(tables.thresholds, tables.light, side="right"), codes)
    np.testing.assert_allclose(encode_srgb(tables.light) * top, codes, atol=1e-7 * top)
    cells = tables.first.size - 1
    assert (tables.first[(tables.light * cells).astype(int)] <= codes).all()
