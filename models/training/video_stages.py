"""The stages in which a network is trained on videos: all of it at once, or its frame CNN first and then its memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from models.training.answers import Examiner, ask_all
from models.training.checkpoints import fingerprint
from models.training.clip_batches import ClipBatches
from models.training.clip_drawing import RecordingSampler
from models.training.fitting import Stage, Validation, fit
from models.training.inputs import NetworkInput, input_of
from models.training.memory_networks import AllSteps, is_memory_network
from models.training.objectives import AtEveryStep, Objective
from models.training.phases import Phases
from models.training.recordings import Recording, Wanted
from models.training.video_config import FitConfig, VideoRunConfig

MAX_CLIPS = 8
"""Of each validation video."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is to be learned from what."""

    config: VideoRunConfig
    objective: Objective
    wanted: Wanted
    train: Sequence[Recording]
    validation: Sequence[Recording]
    folder: Path
    """Where curves, checkpoints and features lie."""
    crop: tuple[int, int] | None = None
    """Height and width of what is cut out of the frames."""
    is_augmented: bool = True


def train_jointly(network: nn.Module, lesson: Lesson, phases: Phases) -> None:
    """Train all of a network on clips; a memory network on its outputs after every frame."""
    config = lesson.config
    has_memory = is_memory_network(network)
    trained = AllSteps(network) if has_memory else network
    objective = AtEveryStep(lesson.objective) if has_memory else lesson.objective
    stage = clip_stage(
        "loss",
        trained,
        objective,
        config.fit,
        lesson,
        network_input=input_of(config.network, config.network_options, config.input),
    )
    with phases("training") as show:
        fit(stage, lesson.folder, show)


def clip_stage(
    name: str,
    network: nn.Module,
    objective: Objective,
    fit_config: FitConfig,
    lesson: Lesson,
    *,
    network_input: NetworkInput,
    num_frames: int | None = None,
) -> Stage:
    """Return the stage that trains a network on clips of the lesson's recordings.

    Raises:
        ValueError: a label never occurs among the training videos.
    """
    config = lesson.config
    length = num_frames or config.clip.num_frames
    sampler = RecordingSampler(
        lesson.train,
        lesson.wanted,
        num_frames=length,
        balance=config.sampling.balance,
        none_share=config.sampling.none_share,
        change_speed=config.sampling.change_speed and length > 1,
    )
    batches = ClipBatches(sampler, network_input, fit_config.batch_size, config.seed, lesson.crop, lesson.is_augmented)
    examiner = Examiner(
        network_input, objective, length, config.clip.spec.stride_frames, lesson.crop, fit_config.precision
    )
    return Stage(
        name,
        network,
        objective,
        fit_config,
        batches.make,
        network_input.read,
        validator(examiner, lesson),
        config.threads,
        fingerprint(name, config, _descriptions(lesson)),
    )


def validator(examiner: Examiner, lesson: Lesson) -> Callable[[nn.Module], Validation]:
    """Return what judges a network on the validation videos."""

    def validate(network: nn.Module) -> Validation:
        answers = ask_all(examiner, network, lesson.validation, lesson.wanted, max_clips=MAX_CLIPS)
        num_clips = sum(len(one.targets) for one in answers)
        if not num_clips:
            raise ValueError("no clip can be made of the validation videos; see data.labels and clip.num_frames")
        return Validation(sum(one.loss for one in answers) / num_clips, sum(one.score for one in answers) / num_clips)

    return validate


def _descriptions(lesson: Lesson) -> Iterator[str]:
    for recording in (*lesson.train, *lesson.validation):
        content = replace(recording, frames=None)  # type: ignore[arg-type]
        yield f"{content} {recording.frames.shape}"
