"""The width multiplier of the networks: what it may be, and the number of channels it makes of a published one."""


def scaled_channels(channels: int, width: float) -> int:
    """Return the published number of channels times the width, rounded to a multiple of 8 and at least 8."""
    return max(8, 8 * round(channels * width / 8))


def require_sizes(num_classes: int, in_channels: int, width: float) -> None:
    """Refuse sizes of which no network can be made.

    Raises:
        ValueError: there is no class or no channel, or the width lies outside 0 to 4.
    """
    if num_classes < 1 or in_channels < 1:
        raise ValueError(f"num_classes and in_channels must be at least 1, got {num_classes} and {in_channels}")
    require_width(width)


def require_width(width: float) -> None:
    """Refuse a width outside 0 to 4.

    Raises:
        ValueError: it lies there.
    """
    if not 0 < width <= 4:
        raise ValueError(f"width must lie above 0 and be at most 4, got {width}")
