"""What a PDF says and where, page by page: as much of the format as our own press writes."""

import re
import zlib
from dataclasses import dataclass

MM = 72 / 25.4
_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"(.*?)stream\n(.*)\nendstream", re.DOTALL)
_MAPPED = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_STEP = re.compile(
    rb"1 0 0 -1 (?P<x>[-\d.]+) (?P<y>[-\d.]+) cm"
    rb"|/(?P<font>f\d+) (?P<size>[\d.]+) Tf"
    rb"|(?P<shown>\[[^\]]*\] ?TJ|<[0-9a-f]*> ?Tj)"
)
_ESCAPED = {b"n": 10, b"r": 13, b"t": 9, b"b": 8, b"f": 12}


@dataclass(frozen=True)
class Piece:
    """A line of text as it is printed: in millimetres, from the left and from the top.

    Of the width, what letters that stand close save is left out.
    """

    x: float
    y: float
    size: float
    text: str
    width: float


class Pdf:
    def __init__(self, content):
        self.content = content
        self._objects = {int(each[1]): each[2] for each in _OBJECT.finditer(content)}

    @property
    def pages(self):
        """The pieces of each page, in the order in which a screen reader meets them."""
        kids = [body for body in self._objects.values() if b"/Type/Page/" in body]
        return [list(self._pieces(body)) for body in kids]

    @property
    def texts(self):
        """Each page's text, a line for each printed line."""
        return ["\n".join(piece.text for piece in page) for page in self.pages]

    def _pieces(self, page):
        fonts = self._fonts(int(re.search(rb"/Resources (\d+)", page)[1]))
        x = y = size = 0.0
        letters, widths = {}, {}
        drawn = self._stream(int(re.search(rb"/Contents (\d+)", page)[1]))
        for step in _STEP.finditer(_with_hex_strings(drawn)):
            if step["x"]:
                x, y = float(step["x"]) / MM, 297 - float(step["y"]) / MM
            elif step["font"]:
                (letters, widths), size = fonts[step["font"]], float(step["size"])
            else:
                shown = b"".join(re.findall(rb"<([0-9a-f]*)>", step["shown"]))
                codes = bytes.fromhex(shown.decode())
                pairs = [codes[at : at + 2] for at in range(0, len(codes), 2)]
                text = "".join(letters.get(pair, "?") for pair in pairs)
                width = sum(widths[int.from_bytes(pair)] for pair in pairs) * size / 1000 / MM
                yield Piece(x, y, size, text, width)

    def _fonts(self, resources):
        named = re.findall(rb"/(f\d+) (\d+) 0 R", self._objects[resources])
        return {
            name: (self._letters(int(number)), self._widths(int(number))) for name, number in named
        }

    def _widths(self, font):
        face = int(re.search(rb"/DescendantFonts\[(\d+)", self._objects[font])[1])
        listed = re.search(rb"/W\[([^\]]*)\]", self._objects[face])[1].split()
        threes = zip(listed[::3], listed[1::3], listed[2::3], strict=True)
        return {
            code: float(width)
            for first, last, width in threes
            for code in range(int(first), int(last) + 1)
        }

    def _letters(self, font):
        table = self._stream(int(re.search(rb"/ToUnicode (\d+)", self._objects[font])[1]))
        return {
            bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in _MAPPED.findall(table)
        }

    def _stream(self, number):
        head, packed = _STREAM.match(self._objects[number]).groups()
        return zlib.decompress(packed) if b"/FlateDecode" in head else packed


def _with_hex_strings(drawn):
    """The same, with every (string) as <hex>: a string may hold brackets of any kind."""
    written, at = bytearray(), 0
    while at < len(drawn):
        if drawn[at : at + 1] != b"(":
            written += drawn[at : at + 1]
            at += 1
            continue
        begin, depth = at, 0
        while True:
            depth += {b"(": 1, b")": -1}.get(drawn[at : at + 1], 0)
            at += 2 if drawn[at : at + 1] == b"\\" else 1
            if depth == 0:
                break
        written += b"<" + _unescaped(drawn[begin + 1 : at - 1]).hex().encode() + b">"
    return bytes(written)


def _unescaped(string):
    def plain(found):
        escape = found[1]
        if escape.isdigit():
            return bytes([int(escape, 8)])
        return bytes([_ESCAPED[escape]]) if escape in _ESCAPED else escape

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, string, flags=re.DOTALL)
