"""A small drawing of numbers as SVG text: axes, lines, points, bars; looks the same on screen and on paper."""

from collections.abc import Sequence
from html import escape

from app.pictures.time_axis import value_marks

INK, FAINT, RULE, GROUND = "#1f2a33", "#66757f", "#dfe5e8", "#ffffff"
SERIES = ("#12806a", "#2f6fb3", "#c2781e", "#7d5bb5", "#c2513a", "#2496a8", "#b0568a", "#6f8f2a", "#5a6770", "#a0522d")
"""Colours of labels, in the order of the labels; dark enough on white."""
TRUTH, ACCENT, WARN = "#33424c", "#12806a", "#c2513a"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


class Chart:
    """A plot in the making, with one scale along x and one along y."""

    def __init__(
        self,
        title: str,
        *,
        x: tuple[float, float],
        y: tuple[float, float],
        size: tuple[int, int] = (420, 320),
        margins: tuple[int, int, int, int] = (16, 16, 46, 58),
    ) -> None:
        """Lay out an empty plot.

        Args:
            title: what it shows, for those who cannot see it.
            x: values at the left and right edge.
            y: values at the lower and upper edge.
            size: width and height in pixels, axes' texts included.
            margins: pixels above, right of, below and left of the plot.
        """
        self._title = title
        self._width, self._height = size
        self._top, right, bottom, self._left = margins
        self._right, self._bottom = self._width - right, self._height - bottom
        self._x, self._y = x, y
        self._parts: list[str] = []

    def px(self, x: float) -> float:
        """Return where a value lies along x, in pixels."""
        low, high = self._x
        return self._left + (x - low) / ((high - low) or 1) * (self._right - self._left)

    def py(self, y: float) -> float:
        """Return where a value lies along y, in pixels."""
        low, high = self._y
        return self._bottom - (y - low) / ((high - low) or 1) * (self._bottom - self._top)

    def axes(self, x_marks: Sequence[float], y_marks: Sequence[float], x_name: str, y_name: str) -> None:
        """Draw the grid with its numbers, and what the axes are."""
        for value in x_marks:
            self._line(self.px(value), self._top, self.px(value), self._bottom, RULE)
            self.label(self.px(value), self._bottom + 16, f"{value:g}", anchor="middle", colour=FAINT)
        for value in y_marks:
            self._line(self._left, self.py(value), self._right, self.py(value), RULE)
            self.label(self._left - 7, self.py(value) + 4, f"{value:g}", anchor="end", colour=FAINT)
        self.label((self._left + self._right) / 2, self._height - 8, x_name, anchor="middle", colour=FAINT)
        middle = (self._top + self._bottom) / 2
        self._parts.append(
            f'<text x="14" y="{middle:.1f}" transform="rotate(-90 14 {middle:.1f})" text-anchor="middle" '
            f'font-size="12" fill="{FAINT}">{escape(y_name)}</text>'
        )

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        colour: str,
        *,
        width: float = 2.0,
        dashes: str = "",
        opacity: float = 1.0,
    ) -> None:
        """Draw a line through points."""
        points = " ".join(f"{self.px(x):.1f},{self.py(y):.1f}" for x, y in zip(xs, ys, strict=True))
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" '
            f'stroke-linejoin="round" opacity="{opacity}"{dashed}/>'
        )

    def point(self, x: float, y: float, colour: str, *, radius: float = 3.5, hint: str = "") -> None:
        """Draw a dot; the hint is shown when a pointer rests on it."""
        title = f"<title>{escape(hint)}</title>" if hint else ""
        self._parts.append(
            f'<circle cx="{self.px(x):.1f}" cy="{self.py(y):.1f}" r="{radius}" fill="{colour}" '
            f'fill-opacity="0.75">{title}</circle>'
        )

    def bar(
        self, left: float, low: float, right: float, high: float, colour: str, *, opacity: float = 1.0, hint: str = ""
    ) -> None:
        """Fill a rectangle between values."""
        x, y = sorted((self.px(left), self.px(right))), sorted((self.py(low), self.py(high)))
        title = f"<title>{escape(hint)}</title>" if hint else ""
        self._parts.append(
            f'<rect x="{x[0]:.1f}" y="{y[0]:.1f}" width="{max(x[1] - x[0], 0.8):.1f}" height="{y[1] - y[0]:.1f}" '
            f'fill="{colour}" fill-opacity="{opacity:.3f}">{title}</rect>'
        )

    def label(
        self,
        left: float,
        top: float,
        text: str,
        *,
        anchor: str = "start",
        colour: str = INK,
        size: int = 12,
        is_bold: bool = False,
    ) -> None:
        """Write a text with its baseline at pixels (left, top)."""
        weight = ' font-weight="600"' if is_bold else ""
        self._parts.append(
            f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"{weight}>'
            f"{escape(text)}</text>"
        )

    def slanted(self, left: float, top: float, text: str, *, size: int = 12) -> None:
        """Write a text that rises to its end at pixels (left, top): for names below a column."""
        self._parts.append(
            f'<text x="{left:.1f}" y="{top:.1f}" transform="rotate(-45 {left:.1f} {top:.1f})" text-anchor="end" '
            f'font-size="{size}" fill="{INK}">{escape(text)}</text>'
        )

    def swatch(self, left: float, top: float, colour: str, text: str) -> None:
        """Write what a colour means, at pixels."""
        self._parts.append(f'<rect x="{left:.1f}" y="{top - 9:.1f}" width="10" height="10" rx="2" fill="{colour}"/>')
        self.label(left + 15, top, text)

    def svg(self) -> str:
        """Return the plot as an SVG element that stands alone."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width} {self._height}" role="img" '
            f'width="{self._width}" height="{self._height}" font-family="{FONT}">'
            f"<title>{escape(self._title)}</title>"
            f'<rect width="100%" height="100%" fill="{GROUND}"/>{"".join(self._parts)}</svg>'
        )

    def _line(self, x1: float, y1: float, x2: float, y2: float, colour: str) -> None:
        self._parts.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}"/>')


def label_colours(labels: Sequence[str], background: str | None = None) -> dict[str, str]:
    """Give every label its colour, the same in every plot of a report; the background is grey."""
    named = [label for label in labels if label != background]
    colours = {label: SERIES[index % len(SERIES)] for index, label in enumerate(named)}
    return {label: colours.get(label, FAINT) for label in labels}


def round_marks(low: float, high: float, num_marks: int = 5) -> list[float]:
    """Return round values that lie evenly within a range."""
    step = value_marks(max(high - low, 1e-9), max_marks=num_marks)[1]
    first, last = int(-(-(low - 1e-9 * step) // step)), int((high + 1e-9 * step) // step)
    return [round(index * step, 10) for index in range(first, last + 1)]
