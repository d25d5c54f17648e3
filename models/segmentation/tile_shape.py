"""Which sizes a network with valid convolutions takes, and what it gives for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TileShape:
    """How the output of a network with valid convolutions follows from its input, axis by axis.

    The axes are those of the tensor: (H, W), or (D, H, W).
    """

    margins: tuple[int, ...]
    """Places that are lost on either side."""
    multiples: tuple[int, ...]
    """Outputs differ by multiples of these: the halvings of the way down must come out even."""
    smallest_outputs: tuple[int, ...]

    def input_for(self, outputs: tuple[int, ...]) -> tuple[int, ...]:
        """Return the size of the input that gives an output."""
        return tuple(size + 2 * margin for size, margin in zip(outputs, self.margins, strict=True))

    def output_covering(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the smallest output that is at least as large along every axis."""
        return tuple(
            smallest + multiple * max(0, -((smallest - size) // multiple))
            for size, multiple, smallest in zip(sizes, self.multiples, self.smallest_outputs, strict=True)
        )

    def check_input(self, sizes: tuple[int, ...]) -> None:
        """Refuse an input whose halvings do not come out even.

        Raises:
            ValueError: a side has another length than the network takes; the nearest that it takes are named.
        """
        outputs = tuple(size - 2 * margin for size, margin in zip(sizes, self.margins, strict=True))
        covering = self.output_covering(outputs)
        if outputs != covering:
            raise ValueError(
                f"valid convolutions take inputs of {' x '.join(map(str, self.input_for(covering)))} and the like, "
                f"got {' x '.join(map(str, sizes))}; segment by tiles (models.segmentation.overlap_tile)"
            )
