"""What `vigil evaluate` can be asked for, by the value of the configuration's key `kind`."""

from dataclasses import dataclass
from pathlib import Path

from app.by_name import named
from app.evaluation.report.document import Document
from app.evaluation.run import Evaluated
from app.run_kind import RunKind
from models.config_file import RunConfig, read_kind
from models.training.phases import Phases

VIDEOS = "videos"
"""What a file is about that names no kind; the command carries that out itself."""


class JudgingKind(RunKind):
    """A model is judged by what it says of samples."""

    def run(self, config: RunConfig, out: Path, phases: Phases, *, device: str, threads: int) -> Evaluated:
        """Carry a configuration out, writing the report into a folder."""
        evaluated: Evaluated = named(self.runner)(config, out, phases, device=device, threads=threads)
        return evaluated


@dataclass(frozen=True)
class StudyKind(RunKind):
    """Networks are taught, measured and held against each other."""

    document: str
    """What makes a report of what the runner returns, as module:function; takes the configuration too."""

    def run(self, config: RunConfig, out: Path, phases: Phases) -> Document:
        """Carry a configuration out in a folder."""
        document: Document = named(self.document)(config, named(self.runner)(config, out, phases))
        return document


def kind_of(path: Path) -> str:
    """Return the kind that a configuration file asks for.

    Raises:
        ValueError: the file cannot be read, or its kind is unknown.
    """
    name, known = read_kind(path), (VIDEOS, *JUDGED, *STUDIES)
    if name is None:
        return VIDEOS
    if name not in known:
        raise ValueError(f"{path}: kind: must be one of {', '.join(sorted(known))}, got {name!r}")
    return str(name)


JUDGED = {
    "pictures": JudgingKind(
        "app.evaluation.pictures.config:PictureEvaluationConfig", "app.evaluation.pictures.run:evaluate_pictures"
    ),
    "volumes": JudgingKind(
        "app.evaluation.volumes.config:VolumeEvaluationConfig", "app.evaluation.volumes.run:evaluate_volumes"
    ),
}
"""What a model says of, beside videos."""

STUDIES = {
    "annotation": StudyKind(
        "app.evaluation.annotation.config:AnnotationConfig",
        "app.evaluation.annotation.run:run_annotation",
        "app.evaluation.annotation.report:annotation_document",
    ),
    "cardiac": StudyKind(
        "app.evaluation.cardiac.config:CardiacConfig",
        "app.evaluation.cardiac.run:run_cardiac",
        "app.evaluation.cardiac.report:cardiac_document",
    ),
    "comparison": StudyKind(
        "app.evaluation.comparison.config:ComparisonConfig",
        "app.evaluation.comparison.run:run_comparison",
        "app.evaluation.comparison.report:comparison_document",
    ),
    "nuclei_folds": StudyKind(
        "app.evaluation.nuclei_folds.config:NucleiFoldsConfig",
        "app.evaluation.nuclei_folds.run:run_nuclei_folds",
        "app.evaluation.nuclei_folds.report:nuclei_folds_document",
    ),
}
"""Each teaches networks, and says what was learned."""
