"""Writes networks with seeded weights as models, so that every path of a benchmark runs the same weights.

`python -m models.benchmarks.bench_weights DIRECTORY [NAME...]` writes NAME.safetensors and its card; i3d_rgb when no
name is given.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from models.benchmarks.i3d_parity import fill_as_reference
from models.predictor import ModelCard
from models.registry import build_network
from models.store.cards import public_cards
from models.weights import store_model

BENCH_SEGMENTER = "bench_unet3d"


def write_bench_model(directory: Path, name: str = "i3d_rgb") -> None:
    """Write a public model with seeded weights; they know nothing, they only cost what trained ones cost."""
    card = public_cards()[name]
    network = build_network(card.network, **card.network_options)
    fill_as_reference(network)
    card = replace(card, licence="Apache-2.0", training="none: seeded numbers for benchmarks")
    store_model(network, card, directory)


def write_bench_segmenter(directory: Path) -> None:
    """Write a 3D U-Net of the usual size with random weights, as the model `BENCH_SEGMENTER`."""
    card = ModelCard(
        name=BENCH_SEGMENTER,
        network="unet3d",
        labels=("something",),
        preprocessing="HU as they are",
        licence="Apache-2.0",
        intended_use="Benchmarks: it knows nothing, it only costs what a trained model costs.",
        reads="volume",
        training="none: random numbers for benchmarks",
    )
    store_model(build_network(card.network), card, directory)


def main() -> None:
    parser = argparse.ArgumentParser(description="models with seeded weights")
    parser.add_argument("directory", type=Path)
    parser.add_argument("names", nargs="*", default=["i3d_rgb"])
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    for name in options.names or ["i3d_rgb"]:
        write_bench_model(options.directory, name)


if __name__ == "__main__":
    main()
