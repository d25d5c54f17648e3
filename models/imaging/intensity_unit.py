"""What the values of a picture or a volume are measured in."""

from typing import Literal

IntensityUnit = Literal["HU", "SUV", "Bq/ml", "none"]
