"""``hadimg doctor`` tells the truth about this machine, and about a broken one."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hadimg.cli import doctor
from hadimg.cli.doctor import LIBRARIES, Library, problem_of


def test_report(call, monkeypatch):
    """The report names versions, processors, settings and a measured ratio, as text and as stable JSON."""
    monkeypatch.setenv("HADIMG_JOBS", "3")
    code, out, err = call("doctor", "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert set(report) == {
        "hadimg", "python", "platform", "processors", "environment", "libraries", "speed", "healthy",
    }  # fmt: skip
    assert report["environment"] == {"HADIMG_JOBS": "3"}
    versions = {library["package"]: library["version"] for library in report["libraries"]}
    assert versions["numpy"] == np.__version__
    assert len(versions) == len(LIBRARIES)
    assert report["speed"]["ratio"] > 0
    monkeypatch.setattr(doctor, "examine", lambda: report)
    code, out, _ = call("doctor")
    assert code == 0
    assert f"  ok        numpy          {np.__version__}" in out
    assert "HADIMG_JOBS=3\n" in out
    assert f"{report['speed']['ratio']} times a plain copy" in out
    assert out.endswith("\nall is well\n")


def test_broken_machine(call, monkeypatch):
    """A missing library is named with what it is for and how to get it; the exit code is 1."""
    monkeypatch.setattr(doctor, "LIBRARIES", (Library("no-such-codec", "no_such_codec", "everything"),))
    monkeypatch.setattr(doctor, "examine_speed", lambda: {"problem": "no\ncompiler"})
    code, out, _ = call("doctor")
    assert code == 1
    assert "  MISSING   no-such-codec  -            everything\n" in out
    assert "no-such-codec cannot be loaded: No module named 'no_such_codec' (pip install" in out
    assert "the compiled loops do not work: no\\ncompiler\n" in out
    assert out.endswith("\nsomething is missing or broken, see above\n")


def test_missing_extra_is_no_fault(monkeypatch, call):
    """Optional libraries may be absent; the way to get them is shown."""
    row = Library("no-such-plotter", "no_such_plotter", "plots", extra="plot", needed=False)
    monkeypatch.setattr(doctor, "LIBRARIES", (row,))
    monkeypatch.setattr(doctor, "examine_speed", lambda: {"problem": "not measured"})
    code, out, _ = call("doctor")
    assert code == 0
    assert 'not installed (pip install "hadimg[plot]")' in out


@pytest.mark.parametrize("fault", [ImportError("libGL.so.1"), ValueError("numpy.dtype size changed"), SystemError("x")])
def test_library_that_breaks_while_it_is_imported(fault, monkeypatch):
    """Whatever a broken library raises, it is one line."""

    def broken(module, package=None):
        raise fault

    monkeypatch.setattr("hadimg.io.libraries.import_module", broken)
    problem = problem_of(Library("numpy", "numpy", "arrays"))
    assert problem is not None
    assert str(fault) in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("cached", "cache", "said"),
    [
        (True, "/cache", "compiled loops loaded from /cache in 0.5 s"),
        (False, "/cache", "compiled loops made in 0.5 s, and kept for the next time in /cache"),
        (False, None, "they cannot be kept (set NUMBA_CACHE_DIR to a folder of yours)"),
    ],
)
def test_kernels(cached, cache, said):
    """The report says whether the next run has to wait for the compiler."""
    numbers = {"problem": None, "megapixels": 6, "copy_ms": 1.0, "product_ms": 2.0, "ratio": 2.0, "first_seconds": 0.5}
    assert said in doctor.describe_speed({**numbers, "cached": cached, "cache": cache})[0]
