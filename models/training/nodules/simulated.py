"""Examples from simulated CT."""

from models.evaluation.froc import Lesion
from models.simulation.thorax.scan import ThoraxScan
from models.training.nodules.examples import ScanExamples, examples_of


def simulated_examples(seed: int, *, size: int, num_slices: int, num_nodules: int | None) -> ScanExamples:
    """Return the examples of one simulated scan.

    Args:
        seed: of the scan.
        size: rows and columns.
        num_slices: from the feet to the head.
        num_nodules: None: as many as the simulator draws.
    """
    scan = ThoraxScan(seed, size=size, num_slices=num_slices, num_nodules=num_nodules)
    nodules = scan.truth.nodules
    lesions = [Lesion(nodule.centre_mm, nodule.diameter_mm) for nodule in nodules]
    kinds = [f"{nodule.kind} {nodule.place}" for nodule in nodules]
    return examples_of(scan.volume, lesions, name=f"ct {seed}", kinds=kinds)
