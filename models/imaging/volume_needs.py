"""What a model requires of a volume, checked before any of its voxels is read."""

from dataclasses import dataclass

from models.imaging.intensity_unit import IntensityUnit
from models.imaging.volume import StoredVolume, Volume


@dataclass(frozen=True)
class VolumeNeeds:
    """What a model can be asked about."""

    modalities: tuple[str, ...] = ()
    """As DICOM names them; empty: any. Files that do not tell their modality are taken at the user's word."""
    unit: IntensityUnit = "none"
    """Unit of the values; none: any. Files that tell neither unit nor modality are taken at the user's word."""
    num_channels: int = 1
    least_voxels: tuple[int, int, int] = (2, 2, 2)
    """Along D, H and W."""

    def require(self, volume: Volume | StoredVolume) -> None:
        """Check what a volume says of itself.

        Raises:
            ValueError: it is of another modality, unit or number of channels, or too small; the message says so.
        """
        source = volume.source_id
        if self.modalities and volume.modality and volume.modality not in self.modalities:
            raise ValueError(
                f"{source}: required {' or '.join(self.modalities)}, found {volume.modality}; choose another model"
            )
        is_told = bool(volume.modality) or volume.intensity_unit != "none"
        if self.unit != "none" and is_told and volume.intensity_unit != self.unit:
            found = "no unit" if volume.intensity_unit == "none" else volume.intensity_unit
            reason = f" ({'; '.join(volume.remarks)})" if volume.remarks else ""
            raise ValueError(f"{source}: required values in {self.unit}, found {found}{reason}; complete the header")
        if volume.num_channels != self.num_channels:
            raise ValueError(
                f"{source}: required {self.num_channels} channel(s), found {volume.num_channels}: "
                f"{', '.join(volume.channel_names)}; choose or join channels first"
            )
        if any(found < least for found, least in zip(volume.grid.shape, self.least_voxels, strict=True)):
            raise ValueError(f"{source}: required at least {self.least_voxels} voxels, found {volume.grid.shape}")
