"""Calibrates I3D for eight-bit arithmetic: `python -m app.bench.calibrating VIDEO VIDEO ... --threads N`.

The videos are others than the one that is scored afterwards.
"""

import argparse
import json
import sys

from app.analysis.calibration import calibrate
from models.registry import find_card
from stream.batch.inputs import find_inputs


def main() -> None:
    parser = argparse.ArgumentParser(description="calibration of I3D")
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    calibration = calibrate(find_card("i3d_rgb"), find_inputs(options.videos), threads=options.threads)
    sys.stdout.write(json.dumps({"num_clips": calibration.num_clips}) + "\n")


if __name__ == "__main__":
    main()
