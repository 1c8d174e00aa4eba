"""The family of exceptions: what they say, what they are, and how names from outside are printed."""

from __future__ import annotations

import pickle

import pytest

from hadimg import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HadimgError)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_names_file_reason_and_way_out(kind):
    """The text is one line: path, reason, remedy; the parts stay readable, also through a pickle and `at`."""
    error = kind("the reason", path="a\nb.jpg", remedy="do this")
    assert str(error) == "a\\nb.jpg: the reason (do this)"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.remedy) == (kind, str(error), "do this")
    assert str(kind("the reason")) == "the reason"
    assert str(kind("the reason").at("c.jpg")) == "c.jpg: the reason"
    assert error.at("c.jpg") is error


@pytest.mark.parametrize(
    ("kind", "also"),
    [
        (errors.ArgumentError, ValueError),
        (errors.ArgumentTypeError, TypeError),
        (errors.FormatError, ValueError),
        (errors.LimitError, ValueError),
        (errors.PlanError, ValueError),
        (errors.ReadError, OSError),
        (errors.UnsupportedError, ValueError),
        (errors.WriteError, OSError),
    ],
)
def test_errors_are_also_what_python_programs_catch(kind, also):
    """Code that catches ValueError, TypeError or OSError catches these, too."""
    with pytest.raises(also):
        raise kind("x")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name.jpg", "plain name.jpg"),
        ("\u00e9\u4e2d.jpg", "\u00e9\u4e2d.jpg"),
        ("a\x1b]0;title\x07.jpg", "a\\x1b]0;title\\x07.jpg"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("a\u2028b", "a\\u2028b"),
        (b"\xff\xfe.jpg", "\\udcff\\udcfe.jpg"),
        ("tab\tcr\r", "tab\\tcr\\r"),
    ],
)
def test_names_cannot_move_the_cursor(name, shown):
    """Control characters, directional overrides and broken bytes are shown as escapes, all else as it is."""
    assert errors.printable(name) == shown
    shown.encode("utf-8")
