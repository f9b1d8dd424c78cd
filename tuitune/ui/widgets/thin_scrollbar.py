"""Scrollbars of whole cells on the background of what they scroll: a line that scrolls sends few bytes for them."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment, Segments
from rich.style import Style
from textual.scrollbar import ScrollBar, ScrollBarRender


def thumb(size: int, virtual_size: float, window_size: float, position: float) -> tuple[int, int]:
    """The first cell of the line, and the one behind its last."""
    if not (window_size and size and virtual_size) or size == virtual_size:
        return 0, 0
    length = min(size, max(1, round(size * window_size / virtual_size)))
    hidden = virtual_size - window_size
    start = round((size - length) * min(1.0, max(0.0, position / hidden))) if hidden > 0 else 0
    return start, start + length


def tell_position(bar: ScrollBar, position: float) -> None:
    """Tell a vertical scrollbar what it stands for; it is painted anew where that can be seen."""
    part = bar.size.height, bar.window_virtual_size, bar.window_size
    if thumb(*part, bar.position) == thumb(*part, position):
        bar.set_reactive(ScrollBar.position, position)
    else:
        bar.position = position


class ThinScrollBar(ScrollBarRender):
    """A line as long as the part that is seen; a click beside it scrolls by a page, it can be dragged."""

    @classmethod
    def render_bar(
        cls,
        size: int = 25,
        virtual_size: float = 50,
        window_size: float = 20,
        position: float = 0,
        thickness: int = 1,
        vertical: bool = True,
        back_color: Color = Color.parse("#555555"),  # noqa: B008 - as Textual's own
        bar_color: Color = Color.parse("bright_magenta"),  # noqa: B008
    ) -> Segments:
        """The bar of `size` cells for the part from `position` on, `window_size` long, of `virtual_size`."""
        start, end = thumb(size, virtual_size, window_size, position)

        def part(count: int, glyph: str, meta: dict[str, str]) -> list[Segment]:
            return [
                Segment(glyph * (thickness if vertical else 1), Style(color=bar_color, bgcolor=back_color, meta=meta))
            ] * count

        segments = [
            *part(start, " ", {"@mouse.down": "scroll_up"}),
            *part(end - start, "┃" if vertical else "━", {"@mouse.down": "grab"}),
            *part(size - end, " ", {"@mouse.down": "scroll_down"}),
        ]
        if vertical:
            return Segments(segments, new_lines=True)
        return Segments([*segments, Segment.line()] * thickness, new_lines=False)
