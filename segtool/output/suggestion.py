"""What `segtool schemes suggest` found, for a terminal."""

from rich.console import Group, RenderableType
from rich.text import Text

from segtool.errors import printable
from segtool.inspection.suggest import Suggestion
from segtool.output.pieces import WIDTH, listing, printed
from segtool.words import Words


def render_suggestion(found: Suggestion, words: Words, *, width: int = WIDTH, color: bool = False) -> str:
    """Return the schemes that suit, the reasons, and the line to type, in one piece so that it can be copied."""
    schemes = [
        part
        for name, about in zip(found.schemes, found.about, strict=True)
        for part in (Text(name, "bold"), Text(printable(about)))
    ]
    reasons = [("-", words.in_sentence(reason.message)) for reason in found.reasons]
    parts: list[RenderableType] = [Group(*schemes), listing(words("title.reasons"), reasons, "bold")]
    if found.command:
        parts.append(Text(words("title.next"), "bold cyan"))
    text = printed(parts, width=width, color=color, right_to_left=words.right_to_left)
    return f"{text}  {printable(found.command)}\n" if found.command else text
