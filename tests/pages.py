"""A page of HTML as the tests read it: a tree of elements, by a parser that knows nothing of the one that wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = ("meta", "br", "hr", "img", "link", "input", "base")


@dataclass
class Node:
    """An element: its attributes, and the texts and elements within."""

    tag: str
    attributes: dict[str, str]
    parts: "list[Node | str]" = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def __iter__(self) -> "Iterator[Node]":
        """Yield the element and all below it, in the order of the page."""
        yield self
        for part in self.parts:
            if not isinstance(part, str):
                yield from part

    def all(self, *tags: str) -> "list[Node]":
        return [node for node in self if node.tag in tags]

    def of_class(self, name: str) -> "list[Node]":
        return [node for node in self if name in node.attributes.get("class", "").split()]

    def by_id(self, name: str) -> "Node":
        (found,) = (node for node in self if node.attributes.get("id") == name)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("", {})]
        self.kept: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(node)
        if tag not in _EMPTY:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")


def read_page(text: str) -> Node:
    """Return the element html of a page; every element must be closed in turn."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert len(reader.open) == 1
    (found,) = reader.open[0].all("html")
    return found
