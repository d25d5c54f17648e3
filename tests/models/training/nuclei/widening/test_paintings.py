"""Looks are told apart, painters learn them, and paintings repeat."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from models.training.fitting import seed_everything
from models.training.nuclei.widening.looks import sort_by_look
from models.training.nuclei.widening.painting import drawing_of
from models.training.nuclei.widening.paintings import PAINTED, PaintingConfig, Paintings, paint
from models.training.phases import Show
from models.training.pictures.labelled import LabelledPicture, marked_instances
from tests.models.nuclei.made_nuclei import numbers_of

SIZE = (96, 96)
DISCS = [(row, column, 8.0) for row in (16.0, 48.0, 80.0) for column in (16.0, 48.0, 80.0)]
FEW = PaintingConfig(looks=2, pictures=2, size=(64, 64), crop=(64, 64), width=0.125, steps=6, batch_size=2)
RED, GREY = np.array([200, 60, 60]), np.array([160, 160, 160])


def picture(name: str, colour: np.ndarray, seed: int) -> LabelledPicture:
    numbers = numbers_of(DISCS, SIZE)
    noise = np.random.default_rng(seed).normal(0, 6, (*SIZE, 3))
    return marked_instances(
        name, np.clip((numbers > 0)[..., None] * colour + 20 + noise, 0, 255).astype(np.uint8), numbers
    )


def two_looks() -> list[LabelledPicture]:
    return [
        picture(f"{name}{seed}", colour, seed) for seed in range(4) for name, colour in (("red", RED), ("grey", GREY))
    ]


@contextmanager
def silent(_name: str) -> Iterator[Show]:
    yield lambda *_: None


def painted(steps: int = FEW.steps) -> Paintings:
    seed_everything(0)
    return paint(two_looks(), FEW.model_copy(update={"steps": steps}), seed=0, phases=silent)


def test_pictures_of_one_look_are_put_together() -> None:
    looks = sort_by_look(two_looks(), 3)
    assert sorted({one.name[:3] for one in look}.pop() for look in looks) == ["gre", "red"]
    assert [len({one.name[:3] for one in look}) for look in looks] == [1, 1]
    assert len(sort_by_look(two_looks()[:3], 3)) == 1


def test_a_painter_learns_where_nuclei_are_and_the_colours_of_its_look() -> None:
    made = painted(steps=60)
    assert made.pixels.shape == (4, 64, 64, 3)
    redness = []
    for pixels, numbers in zip(made.pixels.astype(float), made.numbers, strict=True):
        assert pixels[numbers > 0].mean() > pixels[numbers == 0].mean() + 40
        redness.append(pixels[numbers > 0][:, 0].mean() - pixels[numbers > 0][:, 1].mean())
    assert sorted(np.array(redness) > 18) == [False, False, True, True]


def test_paintings_repeat_and_survive_being_stored(tmp_path: Path) -> None:
    one, two = painted(), painted()
    assert np.array_equal(one.pixels, two.pixels)
    one.save(tmp_path / "paintings.npz")
    pictures = Paintings.load(tmp_path / "paintings.npz").as_pictures("kind")
    assert [picture.groups["kind"] for picture in pictures] == [PAINTED] * 4
    assert np.array_equal(pictures[2].layers[0] > 0, one.numbers[2] > 0)


def test_a_drawing_tells_inside_rim_and_depth() -> None:
    numbers = numbers_of([(32, 32, 12)], (64, 64))
    inside, rim, depth, noise = drawing_of(numbers, np.random.default_rng(0))
    assert np.array_equal((inside + rim) > 0, numbers > 0)
    assert depth.argmax() == np.ravel_multi_index((32, 32), (64, 64))
    assert 0.9 < noise.std() < 1.1
