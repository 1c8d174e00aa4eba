"""The text form: what it understands, and that everything else is refused at its column, with nothing evaluated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadimg import masks
from hadimg.errors import ArgumentError, HadimgError


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("polynomial", masks.Polynomial()),
        (" exponential_decay ( rate = 1.2 ) ", masks.ExponentialDecay(rate=1.2)),
        ("exponential_decay(1.2, 2, center_row=.25)", masks.ExponentialDecay(1.2, 2, center_row=0.25)),
        ("0.5 * gaussian(sigma=1e-1)", masks.Constant(0.5) * masks.Gaussian(sigma=0.1)),
        ("1 / cos4(30)", 1 / masks.Cos4(30)),
        ("cos4(30) / 2", masks.Cos4(30) / 2),
        ("(cos4 * cos4) * cos4", masks.product(masks.Cos4(), masks.Cos4(), masks.Cos4())),
        ("strength(gaussian * cos4, amount=0.5)", (masks.Gaussian() * masks.Cos4()).strength(0.5)),
        ("reciprocal(strength(cos4, 0.5))", 1 / masks.Cos4().strength(0.5)),
        ("2 * cos4 ** 0.5 / gaussian**-2", masks.Constant(2) * masks.Cos4() ** 0.5 / masks.Gaussian() ** -2),
        ("(cos4 * gaussian) ** 2", (masks.Cos4() * masks.Gaussian()) ** 2),
        ("normalised(cos4 ** 2, by = mean)", (masks.Cos4() ** 2).normalised(by="mean")),
        ("normalised(normalised(cos4, by=max))", masks.Cos4().normalised(by="max").normalised()),
        ("product(cos4, gaussian)", masks.Cos4() * masks.Gaussian()),
        ("array([[1, 0.5], [-2e-3, 4]], resample=true)", masks.Array([[1, 0.5], [-2e-3, 4]], resample=True)),
        ("linear_gradient(angle=-90,\n low=0.3)", masks.LinearGradient(angle=-90, low=0.3)),
    ],
)
def test_what_the_text_form_says(text, mask):
    """Families, values with and without names, numbers, products, quotients, wrappers, lists, blanks and new lines."""
    assert masks.parse(text) == mask


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"column 1: expected a family, a number or '\(', the text ends"),
        ("gausian(sigma=1)", "column 1: there is no mask family 'gausian', did you mean 'gaussian'?"),
        ("xyz", r"column 1: there is no mask family 'xyz' \(families: constant, "),
        ("gaussian(sigma=0.7", r"column 19: expected ',' or '\)', the text ends"),
        ("gaussian(sigma 0.7)", r"column 10: there is no mask family 'sigma'"),
        ("gaussian(sigm=0.7)", "column 1: gaussian has no parameter 'sigm', only sigma, aspect, angle"),
        ("gaussian(sigma=0.7, sigma=1)", "column 21: sigma is given twice"),
        ("gaussian(0.7, sigma=1)", "column 1: gaussian: sigma is given twice"),
        ("gaussian(sigma=1, 2)", "a value without a name cannot follow one with a name"),
        ("gaussian(1, 1, 1, 1)", "gaussian takes at most 3 values without names"),
        ("gaussian(sigma=-1)", r"column 1: gaussian: sigma must lie in \[0.001, 1000\], got -1.0"),
        ("gaussian(sigma=1e999)", "column 16: 1e999 is not finite"),
        ("gaussian(sigma=[1])", "sigma must be a number, got list"),
        ("gaussian * * cos4", r"column 12: expected a family, a number or '\(', got '\*'"),
        ("gaussian cos4", "column 10: expected the end, got 'cos4'"),
        ("gaussian ; rm", "column 10: ';' does not belong here"),
        ("__import__('os')", r"column 1: there is no mask family '__import__'|column 12: \"'\" does not belong here"),
        ("gaussian.save", "column 9: '.' does not belong here"),
        ("lambda: 0", "':' does not belong here"),
        ("reciprocal()", "column 1: reciprocal needs mask"),
        ("reciprocal(2)", "reciprocal: mask must be a mask, got float"),
        ("product()", "product: at least one factor is needed"),
        ("product(cos4, n=1)", "column 1: product takes masks without names, got 'n'"),
        ("cos4 ** 2 ** 3", r"column 11: expected the end, got '\*\*'"),
        ("cos4 ** cos4", "column 9: expected 'number', got 'cos4'"),
        ("2 * cos4 ** 11", r"column 5: power: exponent must lie in \[-10, 10\], got 11.0"),
        ("normalised(cos4, by=median)", "normalised: by must be one of 'center', 'max', 'mean', got 'median'"),
        ("normalised(cos4, by=cos4(30))", r"column 25: expected ',' or '\)', got '\('"),
        ("normalised(cos4, by=2)", "column 21: expected 'name', got '2'"),
        ("normalised(cos4, by=[2])", "column 21: expected 'name', got '\\['"),
        ("normalised(cos4, mean)", "column 18: there is no mask family 'mean'"),
        ("gaussian(sigma=mean)", "column 16: there is no mask family 'mean'"),
        ("array([[1, 2], [3]])", "values must be numbers in rows of equal length"),
        ("array([1, 2])", r"values must have shape \(H, W\), got \(2,\)"),
        ("array", "column 1: array needs values"),
        ("1" * 33, "column 1: a number must have at most 32 characters"),
        ("(" * 30 + "cos4" + ")" * 30, "masks are nested more than 20 deep"),
        ("array(" + "[" * 30, "lists are nested more than 20 deep"),
        ("*".join(["cos4"] * 101), "at most 100 factors"),
        ("x" * 70000, "at most 65536 characters, got 70000"),
        ("caf\u00e9", "'\u00e9' does not belong here"),
        (7, "mask text must be a string, got int"),
    ],
)
def test_what_is_refused(text, message):
    """Each refusal names the column, the rule and what stands there; nothing is evaluated."""
    with pytest.raises(ArgumentError, match=message):
        masks.parse(text)


@given(st.text(alphabet="gaussian(sigma=0.7)*/[],1e-+ cos4_x", max_size=60))
def test_any_text_is_a_mask_or_a_named_error(text):
    """No text whatever raises anything but the one family of errors."""
    try:
        mask = masks.parse(text)
    except HadimgError:
        return
    assert masks.parse(str(mask)) == mask


@given(st.floats(1e-3, 1e3), st.floats(0.05, 20), st.floats(-1e6, 1e6), st.floats(-1, 2))
def test_numbers_survive_to_the_last_bit(sigma, aspect, angle, center):
    """Every double goes through text and plain data unchanged."""
    mask = masks.Gaussian(sigma, aspect, angle, center_row=center)
    assert masks.parse(str(mask)) == mask
    np.testing.assert_array_equal(masks.from_dict(mask.to_dict()).vector, mask.vector)
