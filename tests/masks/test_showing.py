"""What a notebook shows of a mask: every parameter, a picture of the weights, and nothing that could run."""

from __future__ import annotations

import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from hadimg import masks
from hadimg.masks.showing import html_card, thumbnail

TABLE = masks.FAMILIES | masks.COMPOSITIONS


class Balanced(HTMLParser):
    """Checks that every element that is opened is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        """Remember what was opened."""
        self.seen.append(tag)
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close what was opened last."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", TABLE)
def test_every_mask_has_a_card(name):
    """The card is well formed HTML that names the parameters and holds neither scripts nor links."""
    mask = masks.parse(TABLE[name].example)
    card = mask._repr_html_()
    parser = Balanced()
    parser.feed(card)
    assert parser.open == []
    assert set(parser.seen) <= {"figure", "figcaption", "code", "img", "table", "tr", "td", "th"}
    for parameter in mask.names[:24]:
        assert f"<td>{parameter}</td>" in card
    data = b64decode(re.search(r'base64,([^"]+)"', card)[1])
    assert PIL.Image.open(BytesIO(data)).size == (144, 96)


def test_the_thumbnail_holds_the_weights():
    """White is weight 1, or the highest weight if that is more; three channels are shown in color."""
    mask = masks.ExponentialDecay(rate=1.2)
    grey = np.asarray(PIL.Image.open(BytesIO(thumbnail(mask))))
    np.testing.assert_array_equal(grey, np.rint(255 * mask.weights((96, 144))))
    bright = np.asarray(PIL.Image.open(BytesIO(thumbnail(mask * 4))))
    np.testing.assert_allclose(bright, 255 * mask.weights((96, 144)) / mask.weights((96, 144)).max(), atol=0.5001)
    color = masks.PerChannel(mask, masks.Constant(0.5), masks.Constant(0.25))
    assert np.asarray(PIL.Image.open(BytesIO(thumbnail(color))))[0, 0, 1:].tolist() == [128, 64]


def test_a_mask_with_a_size_of_its_own_is_seen_in_its_own_shape():
    """A measured flat field is shown by some of its pixels, unstretched, alone or in a product; small ones by all."""
    values = np.add.outer(np.linspace(0, 0.5, 400), np.linspace(0, 0.5, 300))
    for mask, factor in ((masks.Array(values), 1.0), (masks.Cos4(0.0) * masks.Array(values) * 0.5, 0.5)):
        seen = np.asarray(PIL.Image.open(BytesIO(thumbnail(mask))))
        assert seen.shape == (96, 72)
        middles = np.arange(96)[:, None] * 400 // 96 + 2, np.arange(72) * 300 // 72 + 2
        np.testing.assert_allclose(seen, 255 * factor * values[middles], atol=0.7)
        assert '<img width="72" height="96"' in html_card(mask)
    card = html_card(masks.Array(np.ones((5, 7))))
    assert '<img width="134" height="96"' in card
    assert "Array(&lt;5 x 7 float64&gt;, resample=False)" in card


def test_large_arrays_are_told_by_their_size(clock):
    """No card spells out millions of numbers; a mask that no picture fits is shown without one."""
    start = clock()
    card = html_card(masks.Array(np.full((3000, 2000), 0.5)) * masks.Cos4())
    assert clock() - start < 2
    assert "Product(Array(&lt;3000 x 2000 float64&gt;" in card
    neither = html_card(masks.Array(np.ones((5, 7))) * masks.Array(np.ones((6, 7))))
    assert "<img" not in neither


def test_long_masks_stay_short():
    """Hundreds of parameters are cut with a word on how many there are."""
    card = html_card(masks.SplineSurface(np.ones((10, 10))))
    assert "and 76 more" in card
    assert len(card) < 20000
