"""A bedside scene that also says how each of its pixels moves: the truth for optical flow."""

from models.simulation.bedding import bed_solids
from models.simulation.bedside import BACKREST_STEP_DEGREES, BedsideScene
from models.simulation.canvas import Canvas
from models.simulation.motion import MotionField, Painting, exact_motion, paint
from models.simulation.solids import Solid


class MovingBedside(BedsideScene):
    """The same pictures as a `BedsideScene` of the same seed, with their motion.

    Shadows, changes of the light and noise move nothing, though they change the picture: optical flow that takes them
    for motion is wrong.
    """

    def motion(self, index: int, *, num_frames: int = 1) -> MotionField:
        """Return how the pixels of frame `index` move until `num_frames` later."""
        return exact_motion(self._painting(index), self._painting(index + num_frames))

    def _painting(self, index: int) -> Painting:
        canvas = Canvas(self._camera, self._light)
        canvas.paste(self._empty)
        return paint(canvas, self._moving_solids(index / self._frame_rate_hz))

    def _moving_solids(self, seconds: float) -> list[Solid]:
        """Everything that ever moves, in the order in which it is drawn; as many of them at any time."""
        degrees = round(self._patient.backrest.value_at(seconds) / BACKREST_STEP_DEGREES) * BACKREST_STEP_DEGREES
        bed = bed_solids(self._layout.bed, degrees, self._colours, has_rails=self._has_rails)
        return [*bed, *self._bars(seconds)]
