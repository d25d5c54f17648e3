"""The kinds of training run that `vigil train` knows, by the value of the configuration's key `kind`."""

from pathlib import Path

from app.by_name import named
from app.run_kind import RunKind
from models.config_file import RunConfig, read_kind
from models.predictor import ModelCard
from models.training.phases import Phases

DEFAULT_KIND = "scenes"


class TrainingKind(RunKind):
    """One kind of training."""

    def run(self, config: RunConfig, out: Path, phases: Phases) -> ModelCard:
        """Carry a configuration out, writing weights, card and curves into the folder."""
        card: ModelCard = named(self.runner)(config, out, phases)
        return card


def kind_of(path: Path) -> TrainingKind:
    """Return the kind that a configuration file asks for.

    Raises:
        ValueError: the file cannot be read, or its kind is unknown.
    """
    name = read_kind(path)
    if name is None:
        name = DEFAULT_KIND
    if name not in KINDS:
        raise ValueError(f"{path}: kind: must be one of {', '.join(sorted(KINDS))}, got {name!r}")
    return KINDS[str(name)]


KINDS: dict[str, TrainingKind] = {
    DEFAULT_KIND: TrainingKind("models.training.config:TrainConfig", "app.training.scene_run:run_scenes"),
    "classification": TrainingKind(
        "models.training.video_config:ClassificationConfig", "app.training.video_run:run_on_videos"
    ),
    "detection": TrainingKind(
        "models.training.pictures.config:DetectionConfig", "app.training.picture_run:run_detection"
    ),
    "echo_ef": TrainingKind("models.training.echo.config:EchoTrainConfig", "app.training.echo_run:run_echo"),
    "falls": TrainingKind("models.training.falls.config:FallsConfig", "app.training.falls_run:run_falls"),
    "fusion": TrainingKind("models.training.fusion:FusionConfig", "app.training.fusion_run:run_fusion"),
    "mobility": TrainingKind(
        "models.training.mobility.config:MobilityConfig", "app.training.mobility_run:run_mobility"
    ),
    "nuclei": TrainingKind("models.training.nuclei.config:NucleiConfig", "app.training.nuclei_run:run_nuclei"),
    "pfn_views": TrainingKind("models.training.pfn.config:PfnConfig", "app.training.pfn_run:run_pfn"),
    "pixels": TrainingKind("models.training.pictures.config:PixelConfig", "app.training.picture_run:run_pixels"),
    "pet_lesion": TrainingKind("models.training.pet.config:PetLesionConfig", "app.training.pet_run:run_pet"),
    "nodule_mask": TrainingKind(
        "models.training.nodule_mask.config:NoduleMaskConfig", "app.training.nodule_mask_run:run_nodule_mask"
    ),
    "nodules": TrainingKind("models.training.nodules.config:NodulesConfig", "app.training.nodules_run:run_nodules"),
    "regression": TrainingKind("models.training.video_config:RegressionConfig", "app.training.video_run:run_on_videos"),
    "segmentation": TrainingKind(
        "models.training.video_config:SegmentationConfig", "app.training.segmentation_run:run_segmentation"
    ),
    "surgical_phase": TrainingKind(
        "models.training.surgery.config:SurgicalPhaseConfig", "app.training.surgical_phase:run_surgical_phase"
    ),
    "volumes": TrainingKind("models.training.volumes.config:VolumesConfig", "app.training.volume_run:run_volumes"),
}
