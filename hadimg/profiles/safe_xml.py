"""XML as a tree of elements, from data that nobody vouches for.

Nothing is fetched and nothing is expanded: entities, parameter entities and declarations inside the document are
refused by name, and so is whatever is larger than a profile can be. The one declaration that is let pass is the bare
reference to a DTD with which files of lensfun begin; it is taken out before the parser sees it, because expat drops
unknown entities in silence after such a reference instead of refusing them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from hadimg.errors import FormatError, LimitError, UnsupportedError

__all__ = ["Element", "parse_xml"]

DEPTH = 16
ELEMENTS = 200_000
ATTRIBUTES = 32
TEXT = 4096

_BEFORE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
"""One piece of what may stand before the outermost element."""
_REFERENCE = re.compile(r"""<!DOCTYPE\s+[\w-]+\s+SYSTEM\s+(?:"[^"<>]*"|'[^'<>]*')\s*>""")
"""A DTD that is only named."""


@dataclass
class Element:
    """One element: its name, attributes, text without white space around it, children, and the line it begins on."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """Return the children of a name."""
        return [child for child in self.children if child.name == name]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of the children of a name, empty ones left out."""
        return tuple(child.text for child in self.all(name) if child.text)


def parse_xml(data: bytes, root: str) -> Element:
    """Return the outermost element of a document.

    Parameters
    ----------
    data : bytes
        The document.
    root : str
        The name that the outermost element must have.

    Raises
    ------
    FormatError
        When the document is not well formed, or of another kind.
    UnsupportedError
        When it declares or uses entities, or carries a DTD.
    LimitError
        When it is nested deeper than 16, or has more elements, attributes or text than a profile can have.

    Examples
    --------
    >>> parse_xml(b"<a><b c='1'> text </b></a>", "a").children[0].text
    'text'
    >>> parse_xml(b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "a")
    Traceback (most recent call last):
    ...
    hadimg.errors.UnsupportedError: line 1: the document carries a DTD or declares entities, which are never read (...)
    """
    builder = _Builder(root)
    try:
        text = _without_reference(data.decode("utf-8-sig"))
        builder.parser.Parse(text.encode(), True)  # noqa: FBT003 (expat takes it by position: this is all)
    except UnicodeDecodeError as error:
        raise FormatError(f"the XML is no UTF-8: {error.reason}", remedy="convert it to UTF-8") from error
    except expat.ExpatError as error:
        raise FormatError(f"the XML is broken: {error}") from error
    assert builder.root is not None  # expat refuses a document without elements
    return builder.root


def _without_reference(text: str) -> str:
    """Return a document without a DTD that is only named, its lines where they were."""
    place = 0
    while piece := _BEFORE.match(text, place):
        place = piece.end()
    reference = _REFERENCE.match(text, place)
    if reference is None:
        return text
    return text[:place] + "\n" * reference[0].count("\n") + text[reference.end() :]


class _Builder:
    """Builds the tree as the parser goes; used once."""

    def __init__(self, expected: str) -> None:
        self.root: Element | None = None
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        self._expected = expected
        self._open: list[Element] = []
        self._count = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        self._check(len(self._open) + 1, DEPTH, "nested elements")
        self._check(self._count, ELEMENTS, "elements")
        self._check(len(attributes), ATTRIBUTES, "attributes")
        self._check(max(map(len, (name, *attributes, *attributes.values()))), TEXT, "characters in one piece")
        element = Element(name, attributes, self.parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        elif name == self._expected:
            self.root = element
        else:
            raise FormatError(f"the document is no <{self._expected}>, it begins with <{name[:40]}>")
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        element.text = " ".join(element.text.split())

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        self._check(len(element.text) + len(text), TEXT, "characters in one piece")
        element.text = element.text + text if element.text else text.lstrip()

    def _check(self, count: int, limit: int, what: str) -> None:
        if count > limit:
            raise LimitError(f"line {self.parser.CurrentLineNumber}: more than {limit} {what}")

    def _doctype(self, *_: object) -> None:
        reason = "the document carries a DTD or declares entities, which are never read"
        remedy = "remove it from the file; profiles need none"
        raise UnsupportedError(f"line {self.parser.CurrentLineNumber}: {reason}", remedy=remedy)
