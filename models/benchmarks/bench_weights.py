"""Writes the seeded I3D as a model, so that every path of a benchmark runs the same weights.

`python -m models.benchmarks.bench_weights DIRECTORY` writes i3d_rgb.safetensors and its card.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from models.benchmarks.i3d_parity import fill_as_reference
from models.cards import public_cards
from models.registry import build_network
from models.weights import store_model


def write_bench_model(directory: Path) -> None:
    """Write i3d_rgb with seeded weights; they know nothing, they only cost what trained ones cost."""
    network = build_network("i3d_rgb")
    fill_as_reference(network)
    card = replace(public_cards()["i3d_rgb"], licence="Apache-2.0", training="none: seeded numbers for benchmarks")
    store_model(network, card, directory)


def main() -> None:
    parser = argparse.ArgumentParser(description="a model with seeded weights")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--threads", type=int, default=0)
    write_bench_model(parser.parse_args().directory)


if __name__ == "__main__":
    main()
