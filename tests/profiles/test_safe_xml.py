"""XML from strangers: nothing is fetched, nothing is expanded, nothing large is kept."""

from __future__ import annotations

import contextlib

import pytest

from hadimg.errors import FormatError, HadimgError, LimitError, UnsupportedError
from hadimg.profiles.safe_xml import parse_xml

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

REFUSED = {
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
    "quadratic blowup": f'<!DOCTYPE a [<!ENTITY e "{"x" * 50_000}">]><a>{"&e;" * 1000}</a>',
    "file by entity": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://localhost:9/x"> %p;]><a/>',
    "empty subset": "<!DOCTYPE a []><a/>",
    "default attribute": '<!DOCTYPE a [<!ATTLIST a b CDATA "1">]><a/>',
    "public id": '<!DOCTYPE a PUBLIC "-//x" "http://localhost:9/x"><a/>',
    "second reference": '<!DOCTYPE a SYSTEM "x"><!DOCTYPE a SYSTEM "y"><a/>',
}


@pytest.mark.parametrize("trick", REFUSED)
def test_tricks_of_dtds_are_refused_by_name(trick, clock):
    """No document brings declarations of its own, whatever they are for; none takes noticeable time."""
    begun = clock()
    with pytest.raises((UnsupportedError, FormatError), match=r"DTD|broken"):
        parse_xml(REFUSED[trick].encode(), "a")
    assert clock() - begun < 1.0


@pytest.mark.parametrize("use", ["<a>&e;</a>", '<a b="1&e;"/>', "<a>%e;&e;</a>"])
@pytest.mark.parametrize(
    "prolog", ["", '<!DOCTYPE a SYSTEM "x.dtd">', "<?xml version=\"1.0\"?><!-- - -->\n<!DOCTYPE a SYSTEM 'x'>"]
)
def test_unknown_entities_are_errors_even_after_a_reference_to_a_dtd(use, prolog):
    """Expat alone drops them in silence after such a reference, and ``1&e;`` would become 1."""
    with pytest.raises(FormatError, match="undefined entity"):
        parse_xml((prolog + use).encode(), "a")


def test_the_reference_with_which_files_of_lensfun_begin_is_let_pass():
    """It is never followed, and lines keep their numbers."""
    doctype = '<!DOCTYPE a\n SYSTEM "http://localhost:9/x.dtd">'
    text = f'<?xml version="1.0" encoding="utf-8"?>\n{doctype}\n<a><b c="&lt;1">&amp;</b></a>'
    child = parse_xml(b"\xef\xbb\xbf" + text.encode(), "a").children[0]
    assert (child.name, child.attributes, child.text, child.line) == ("b", {"c": "<1"}, "&", 4)


@pytest.mark.parametrize(
    "text",
    [
        "<a>" * 17 + "</a>" * 17,
        "<a>" + "<b/>" * 200_001 + "</a>",
        f"<a>{'x' * 5000}</a>",
        f"<a b='{'x' * 5000}'/>",
        "<a " + " ".join(f"b{n}='1'" for n in range(33)) + "/>",
    ],
    ids=["deep", "many", "text", "attribute", "attributes"],
)
def test_absurd_sizes_are_refused(text):
    """Each limit has its own way of being passed."""
    with pytest.raises(LimitError, match="more than"):
        parse_xml(text.encode(), "a")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"<b/>",
        b"<a>\xff</a>",
        "<a/>".encode("utf-16"),
        b"<a/><a/>",
        b"\0",
        b"<a b='1' b='2'/>",
    ],
)
def test_broken_documents_are_named(data):
    """Whatever the parser thinks of it, the user sees one of our errors."""
    with pytest.raises(FormatError):
        parse_xml(data, "a")


def test_no_bytes_at_all_lead_to_a_foreign_exception(rng):
    """Random damage to a document raises our errors or none."""
    whole = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "x"><a b="1">text<c/><!-- d --></a>'
    for _ in range(500):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(0, 256)
        with contextlib.suppress(HadimgError):
            parse_xml(bytes(data), "a")


def test_a_long_prolog_takes_linear_time(clock):
    """The search for the reference never tries the same place twice."""
    begun = clock()
    with pytest.raises(FormatError):
        parse_xml(b"<?a?><!-- b --> " * 50_000, "a")
    assert clock() - begun < 2.0
