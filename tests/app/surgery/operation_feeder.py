"""A process that stands in for a camera in a theatre and a worker that recognises its phases."""

import sys

from models.results import Classification, Measurement
from models.simulation.surgery.operation import SurgeryScene
from models.surgical_phases import PHASES, TIME_LEFT
from tests.app.scene_feeder import HEIGHT, WIDTH, SceneFeeder

OPERATION_SECONDS = 3000.0


class OperationFeeder(SceneFeeder):
    model, rate_hz = "surgical_phase", 1.0

    def says(self, step: int) -> Classification:
        truth = self.scene.truth
        phase = truth.phase_at(step)
        scores = tuple(0.94 if name == phase else 0.01 for name in PHASES)
        left = next(span.end_seconds for span in truth.phases if step < span.end_seconds) - step
        measured = Measurement(TIME_LEFT, left, "s", (0.6 * left, 1.7 * left))
        return Classification(PHASES, scores, measurements=(measured,))


if __name__ == "__main__":
    operation = SurgeryScene(2, duration_seconds=OPERATION_SECONDS, height=HEIGHT, width=WIDTH)
    OperationFeeder(operation, OPERATION_SECONDS).run(*sys.argv[1:])
