"""imageio reads and writes .hadi files once hadimg is imported, in whichever order, and at no cost to the import."""

from __future__ import annotations

import subprocess
import sys

import imageio.v3 as iio
import numpy as np
import pytest

from hadimg.codec import encode
from hadimg.errors import FormatError
from hadimg.io.image import Metadata


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3), (20, 30, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_round_trip(shape, dtype, tmp_path, rng):
    """What imageio writes without loss it reads back exactly, from files and from bytes."""
    pixels = rng.integers(0, np.iinfo(dtype).max, shape, dtype)
    iio.imwrite(tmp_path / "a.hadi", pixels, lossless=True)
    np.testing.assert_array_equal(iio.imread(tmp_path / "a.hadi"), pixels)
    data = iio.imwrite("<bytes>", pixels, extension=".hadi", lossless=True)
    assert data == (tmp_path / "a.hadi").read_bytes() == encode(pixels, lossless=True)
    np.testing.assert_array_equal(iio.imread(data, extension=".hadi"), pixels)


def test_options(tmp_path, rng):
    """The options of our own functions go through."""
    pixels = rng.integers(0, 256, (40, 60, 3), np.uint8)
    iio.imwrite(tmp_path / "a.hadi", [pixels], quality=30, metadata=Metadata(xmp=b"<x/>"))
    path = tmp_path / "a.hadi"
    assert path.read_bytes() == encode(pixels, quality=30, metadata=Metadata(xmp=b"<x/>"))
    assert iio.imread(path, reduce=3).shape == (5, 8, 3)
    assert iio.imread(path, window=(1, 2, 3, 4)).shape == (3, 4, 3)
    assert iio.imread(path, index=...).shape == (1, 40, 60, 3)
    assert [frame.shape for frame in iio.imiter(path)] == [(40, 60, 3)]
    assert iio.immeta(path) == {"xmp": b"<x/>"}
    properties = iio.improps(path)
    assert (properties.shape, properties.dtype, properties.n_images) == ((40, 60, 3), np.uint8, None)
    assert iio.improps(path, index=...).shape == (1, 40, 60, 3)


def test_refusals(tmp_path):
    """More pictures than one, other pictures than ours and broken files are refused."""
    path = tmp_path / "a.hadi"
    with pytest.raises(ValueError, match="one picture, got 2"):
        iio.imwrite(path, [np.zeros((4, 4), np.uint8)] * 2)
    iio.imwrite(path, np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match="index must be 0"):
        iio.imread(path, index=1)
    with pytest.raises(TypeError, match="index must be a whole number"):
        iio.imread(path, index=0.5)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match="missing"):
        iio.imread(path)
    with pytest.raises(OSError, match="can not handle"):
        iio.imwrite(tmp_path / "a.png", np.zeros((4, 4), np.uint8), plugin="hadimg")


@pytest.mark.parametrize(
    "program",
    [
        "import hadimg, sys; assert 'imageio' not in sys.modules; import imageio.v3 as iio",
        "import imageio.v3 as iio; import hadimg",
        "import hadimg, imageio; hadimg.registration.register(); import imageio.v3 as iio",
    ],
)
def test_order_of_imports(program, tmp_path):
    """Whichever comes first, a file goes out and in, and the module that we waited for is otherwise as it was."""
    path = str(tmp_path / "a.hadi")
    program += f"""
import numpy as np, sys, imageio.config
iio.imwrite({path!r}, np.zeros((4, 5), np.uint8))
assert iio.imread({path!r}).shape == (4, 5)
assert len(imageio.config.known_extensions[".hadi"]) == 1
assert imageio.config.__spec__.loader.get_source("imageio.config")
assert not any(type(finder).__module__ == "hadimg.registration" for finder in sys.meta_path)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
