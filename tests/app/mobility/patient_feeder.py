"""A process that stands in for a camera at a bed and a worker that follows the patient's mobility."""

import sys

from models.mobility import FRAME_RATE_HZ, LABELS, PERSONNEL, PLACES
from models.results import Classification, Measurement
from models.simulation.bedside_people import WatchedBedside
from tests.app.scene_feeder import HEIGHT, WIDTH, SceneFeeder

SCENE_SECONDS = 1500.0


class PatientFeeder(SceneFeeder):
    model, rate_hz = "icu_mobility", FRAME_RATE_HZ

    def __init__(self, scene: WatchedBedside) -> None:
        super().__init__(scene, SCENE_SECONDS)
        self.dense = scene.dense_truth(rate_hz=FRAME_RATE_HZ)

    def says(self, step: int) -> Classification:
        dense = self.dense
        places = [dense.places[step] == index for index in range(len(PLACES))]
        truth = (*dense.activities[step], *places, dense.is_patient_alone[step], dense.is_staff_present[step])
        scores = tuple(0.95 if is_true else 0.02 for is_true in truth)
        people = Measurement(PERSONNEL, float(max(dense.people[step], 0)), "people")
        return Classification(LABELS, scores, is_multi_label=True, measurements=(people,))


if __name__ == "__main__":
    size = {"width": WIDTH, "height": HEIGHT}
    bedside = WatchedBedside(1021, duration_seconds=SCENE_SECONDS, look="rgb", frame_rate_hz=FRAME_RATE_HZ, **size)
    PatientFeeder(bedside).run(*sys.argv[1:])
