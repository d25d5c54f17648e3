"""A training run for nuclei: pictures are read and divided, a network taught, every stage measured."""

from pathlib import Path

from app.training.curve_pictures import draw_curves
from app.training.picture_reading import read_labelled
from models.predictor import ModelCard
from models.training.nuclei.config import NucleiConfig
from models.training.nuclei.judging import kinds_of, measure_stages
from models.training.nuclei.run import LABELS, begin_network, teach, teach_all, write_model
from models.training.phases import Phases
from models.training.pictures.parts import divide_pictures

MEASURED_ON = (
    "the pictures for test, which the network had not seen, spread over the looks as those for training are; the "
    "DSB2018 score of a picture is the mean of TP / (TP + FP + FN) over intersections over union of 0.50 to 0.95; "
    "intervals are 95 % bootstrap over pictures"
)
BEFORE_THE_LAST = "; measured before the last steps, in which the network learned from these pictures too"


def run_nuclei(config: NucleiConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), curves as CSV and PNG, checkpoints from which
    a killed run goes on.

    Raises:
        ValueError: something is wrong with the data set or the network's options, or training diverged.
        OSError: the disk is full.
    """
    data = config.data
    with phases("reading") as show:
        pictures = read_labelled(data, LABELS, show)
    parts = divide_pictures(
        pictures,
        validation_share=data.validation_share,
        test_share=data.test_share,
        spread_over=data.spread_over,
        divide_by=data.divide_by,
        seed=config.seed,
    )
    absent = [part for part, members in parts.items() if not members]
    if absent:
        raise ValueError(f"data must give pictures for every part, {len(pictures)} give none for {', '.join(absent)}")
    network = begin_network(config)
    teach(network, config, (parts["train"], parts["validation"]), out, phases)
    stages = config.serving.stages
    metrics = measure_stages(network, parts["test"], stages, phases)
    teach_all(network, config, pictures, out, phases)
    draw_curves(out)
    told = MEASURED_ON + (BEFORE_THE_LAST if config.fit_on_all else "")
    return write_model(network, config, stages, {"measured_on": told, "pictures": kinds_of(parts), **metrics}, out)
