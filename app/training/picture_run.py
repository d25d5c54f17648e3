"""Training runs on pictures and volumes: reader, trainer and measures of detectors and of pixel networks meet."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from app.training.curve_pictures import draw_curves
from app.training.picture_reading import read_labelled
from models.detection.finding import find_objects
from models.detection.found import FoundObjects
from models.imaging.finished import finish
from models.imaging.picture_tensor import to_picture
from models.predictor import ModelCard, Reads
from models.registry import build_network
from models.segmentation.picture_classes import classify_pixels
from models.training.fitting import seed_everything
from models.training.phases import Phases, Show, shown
from models.training.pictures.config import DetectionConfig, PictureRunConfig, PixelConfig
from models.training.pictures.judging import choose_least_score, judge_classes, judge_objects
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.lesson import Lesson, Subject, teach
from models.training.pictures.marked_objects import OBJECTS
from models.training.pictures.parts import Parts, divide_pictures
from models.training.pictures.pixel_classes import pixel_classes
from models.weights import store_model

STAGE = "loss"
LEAST_SCORE = 0.5
"""From which boxes without masks are reported."""
Answer = TypeVar("Answer")


def run_detection(config: DetectionConfig, out: Path, phases: Phases) -> ModelCard:
    """Train a detector, with masks where its network has them, and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), curves as CSV and PNG, and a checkpoint from
    which a killed run goes on.

    Raises:
        ValueError: something is wrong with the data set or the network's options, or training diverged.
        OSError: the disk is full.
    """
    parts = _read_parts(config, phases, has_classes=False, unknown=None)
    network = _begin(config)
    has_masks = network.roi_heads.mask_predictor is not None
    if has_masks:
        _require_outlines(parts)
    _teach(network, config, (config.lesson, OBJECTS), parts, out, phases)
    serving, judged = config.serving_options, parts["test"] or parts["validation"]

    def find(picture: LabelledPicture) -> FoundObjects:
        return finish(find_objects(network, to_picture(picture.pixels).to(config.device), **serving))

    with phases("thresholds") as show:
        validation = _answers(parts["validation"], find, show)
    least_score = choose_least_score(parts["validation"], validation) if has_masks else LEAST_SCORE
    with phases("metrics") as show:
        found = _answers(judged, find, show)
    metrics = judge_objects(judged, found, config.labels, has_masks=has_masks, least_score=least_score)
    serving |= {"least_score": least_score}
    return store_model(network.cpu(), _card(config, network, serving, parts, metrics), out)


def run_pixels(config: PixelConfig, out: Path, phases: Phases) -> ModelCard:
    """Train a network that gives every pixel, or voxel, a class, and return the model's card.

    Writes what `run_detection` writes.

    Raises:
        ValueError: as `run_detection`.
        OSError: as `run_detection`.
    """
    parts = _read_parts(config, phases, has_classes=config.numbers == "classes", unknown=config.unknown)
    network = _begin(config)
    _teach(network, config, pixel_classes(network, config.lesson, config.weighting), parts, out, phases)
    serving = config.serving_options
    judged = parts["test"] or parts["validation"]
    with phases("metrics") as show:
        found: list[np.ndarray] = _answers(
            judged, lambda one: finish(classify_pixels(network, one.pixels, **serving)), show
        )
    metrics = judge_classes(judged, found, config.labels)
    return store_model(network.cpu(), _card(config, network, serving, parts, metrics), out)


def _read_parts(config: PictureRunConfig, phases: Phases, *, has_classes: bool, unknown: int | None) -> Parts:
    with phases("reading") as show:

        def read(data: Any) -> list[LabelledPicture]:
            return read_labelled(
                data,
                config.labels,
                show,
                has_classes=has_classes,
                unknown=unknown,
                is_of_volumes=config.is_of_volumes,
            )

        data = config.data
        parts = divide_pictures(
            read(data),
            validation_share=0.0 if config.validation_data else data.validation_share,
            test_share=0.0 if config.test_data else data.test_share,
            spread_over=data.spread_over,
            divide_by=data.divide_by,
            seed=config.seed,
        )
        parts["validation"] += read(config.validation_data) if config.validation_data else []
        parts["test"] += read(config.test_data) if config.test_data else []
    if not parts["train"] or not parts["validation"]:
        counts = ", ".join(f"{len(found)} for {part}" for part, found in parts.items())
        raise ValueError(f"data must give pictures for training and for validation, got {counts}")
    return parts


def _begin(config: PictureRunConfig) -> Any:
    seed_everything(config.seed)
    options = {**config.network_options, "num_classes": len(config.labels) + 1}
    return build_network(config.network, **options).to(config.device)


def _teach(
    network: Any, config: PictureRunConfig, taught: tuple[Lesson, Subject], parts: Parts, out: Path, phases: Phases
) -> None:
    both = parts["train"], parts["validation"]
    with phases("training") as show:
        teach(network, *taught, both, config=config, stage=STAGE, folder=out, show=show)
    draw_curves(out)


def _require_outlines(parts: Parts) -> None:
    without = [picture.name for found in parts.values() for picture in found if not picture.has_outlines]
    if without:
        raise ValueError(
            f"a network with masks learns from outlines, {len(without)} pictures have boxes only, such as "
            f"{without[0]}; train a fasterrcnn, or outline their objects"
        )


def _answers(pictures: Sequence[LabelledPicture], ask: Callable[[LabelledPicture], Answer], show: Show) -> list[Answer]:
    return [ask(picture) for picture in shown(pictures, show)]


def _card(
    config: PictureRunConfig, network: Any, serving: dict[str, Any], parts: Parts, metrics: dict[str, Any]
) -> ModelCard:
    counts = ", ".join(f"{len(found)} {part}" for part, found in parts.items())
    judged = "test" if parts["test"] else "validation, by which the weights were chosen"
    reads: Reads = "volume" if config.is_of_volumes else "picture"
    return ModelCard(
        name=config.name,
        network=config.network,
        network_options={**config.network_options, "num_classes": network.num_classes},
        labels=config.labels,
        reads=reads,
        serving_options=serving,
        metrics={
            "measured_on": f"{reads}s: {counts}; measured on those for {judged}; intervals are 95 % bootstrap over "
            f"{reads}s",
            **metrics,
        },
        **config.card.model_dump(),
    )
