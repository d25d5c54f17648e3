"""Okabe and Ito's colours, which the colour-blind tell apart too, as the web writes them.

Source: Okabe & Ito 2008, Color Universal Design, https://jfly.uni-koeln.de/color/.
"""

from app.pictures.canvas import Colour

BLUE, VERMILION, GREEN = "#0072b2", "#d55e00", "#009e73"
PURPLE, ORANGE, SKY = "#cc79a7", "#e69f00", "#56b4e9"
GREY = "#8c96a3"
"""Not one of theirs: for what rests."""


def rgb(colour: str) -> Colour:
    """Return red, green and blue, 0..255, of a colour written as #rrggbb."""
    red, green, blue = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    return red, green, blue
