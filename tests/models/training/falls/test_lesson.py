"""Teaching the fall network on described clips, and judging it as the running system would."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.evaluation.events import Span
from models.falls.description import NUM_NUMBERS
from models.falls.labels import LABELS
from models.falls.motion import STEPS, Fields
from models.networks.falls import FallNet
from models.predictor import EventSpec
from models.training.config import CardConfig, SceneConfig, ScenePart
from models.training.falls.config import FallsConfig, RecordedConfig
from models.training.falls.examples import Examples, Watched, clip_starts, target_of
from models.training.falls.judging import Judged, choose_event_spec, outcome_of, summarise
from models.training.falls.lesson import Material, learn, scores_of
from models.training.falls.run import fold_groups
from models.training.fitting import seed_everything
from models.training.phases import Show
from models.training.scoring import SceneScores
from models.training.video_config import FitConfig

WORDS = dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "test")


def config(**fit: object) -> FallsConfig:
    part = ScenePart(first=0, count=1, duration_seconds=30)
    parts = {
        "train": part,
        "validation": part.model_copy(update={"first": 5}),
        "test": part.model_copy(update={"first": 9}),
    }
    scenes = SceneConfig(sizes=((160, 120),), **parts)
    settings = {
        "steps": 60,
        "batch_size": 32,
        "learning_rate": 0.03,
        "average_decay": 0.8,
        "validate_every": 30,
        "checkpoint_every": 10,
    }
    return FallsConfig(
        name="tiny",
        network_options={"hidden_size": 16},
        recorded=RecordedConfig(videos=Path("none")),
        home=scenes,
        bedside=scenes,
        fit=FitConfig(**{**settings, "precision": "fp32", **fit}),  # type: ignore[arg-type]
        card=CardConfig(**WORDS),
    )


def material(name: str, label: str, *, source: str = "home", group: str = "") -> Material:
    """A recording whose clips tell their label by a number of their own, and whose only fall lasts from 4 s to 5 s."""
    num_frames = 80
    spans = (Span("fall", 4.0, 5.0),) if label == "fall" else (Span(label, 0.0, 60.0),)
    fields = Fields(np.empty((num_frames - 1, 0, 0, 2), np.float16), np.empty((num_frames, 0, 0), np.uint8))
    watched = Watched(name, source, group or name, fields, spans)
    starts = clip_starts(num_frames)
    targets = np.array([target_of(watched, int(start)) for start in starts])
    numbers = np.random.default_rng(len(name)).normal(0, 0.3, (len(starts), STEPS, NUM_NUMBERS)).astype(np.float32)
    for clip, target in enumerate(targets):
        numbers[clip, :, max(int(target), 0)] += 3.0
    return Material(watched, Examples(starts, targets, numbers), np.zeros((27, 1280), np.float16))


@pytest.fixture(scope="module")
def materials() -> list[Material]:
    return [material(f"{label}{index}", label) for label in LABELS for index in range(2)]


def show(done: int, total: int, note: str = "") -> None: ...


def taught(folder: Path, materials: list[Material], on_step: Show = show, **fit: object) -> FallNet:
    seed_everything(0)
    network = FallNet(hidden_size=16)
    learn(network, config(**fit), materials, materials, stage="loss", folder=folder, show=on_step)
    return network.eval()


def find_first(scores: SceneScores, spec: EventSpec) -> Sequence[Span]:
    over = np.flatnonzero(scores.scores[:, LABELS.index("fall")] >= spec.enter_score)
    return (
        [Span("fall", float(scores.centre_seconds[over[0]]), float(scores.end_seconds[over[-1]]))] if len(over) else []
    )


def test_what_is_told_by_a_number_is_learned(tmp_path: Path, materials: list[Material]) -> None:
    network = taught(tmp_path, materials)
    for one in materials:
        known = one.examples.targets >= 0
        assert (scores_of(network, one).argmax(axis=1)[known] == one.examples.targets[known]).mean() > 0.9
    assert (tmp_path / "loss.csv").is_file()


def test_a_run_that_was_killed_ends_with_the_same_weights(tmp_path: Path, materials: list[Material]) -> None:
    class Killed(Exception): ...

    def kill(done: int, total: int, note: str = "") -> None:
        if done == 25:
            raise Killed

    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    whole = taught(tmp_path / "whole", materials)
    with pytest.raises(Killed):
        taught(tmp_path / "killed", materials, kill)
    resumed = taught(tmp_path / "killed", materials)
    assert all((a == b).all() for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))


def test_a_label_that_never_occurs_is_named(tmp_path: Path, materials: list[Material]) -> None:
    with pytest.raises(ValueError, match="sitting does not"):
        taught(tmp_path, [one for one in materials if "sitting" not in one.watched.name])


def judged(name: str, label: str, *, fall_score: float, source: str = "recorded") -> Judged:
    one = material(name, label, source=source)
    scores = np.full((len(one.examples.starts), len(LABELS)), 0.01)
    is_fall = one.examples.targets == LABELS.index("fall") if label == "fall" else np.arange(len(scores)) == 5
    scores[is_fall, LABELS.index("fall")] = fall_score
    return Judged(one, scores)


def test_thresholds_lie_between_falls_and_false_alarms() -> None:
    found = [judged("a", "fall", fall_score=0.93), judged("b", "walking", fall_score=0.81)]
    spec = choose_event_spec(found, find_first, most_false_alarms_per_hour=0.5)
    assert 0.81 < spec.enter_score <= 0.93
    summary = summarise([outcome_of(one, find_first, spec) for one in found])
    assert (summary["num_falls"], summary["num_false_alarms"]) == (1, 0)
    assert summary["fall_recall"]["value"] == 1
    assert summary["false_alarms_per_hour"]["high"] > 100  # 21 seconds tell little


def test_a_fall_that_is_told_too_late_is_missed_and_a_false_alarm() -> None:
    one = judged("a", "fall", fall_score=0.9)
    late = Judged(one.material, np.roll(one.scores, 14, axis=0))
    spec = choose_event_spec([one], find_first, most_false_alarms_per_hour=0.5)
    assert outcome_of(one, find_first, spec).num_false == 0
    assert outcome_of(late, find_first, spec).num_false == 1
    assert not outcome_of(late, find_first, spec).pairs


def test_scenes_made_of_look_alikes_do_not_raise_the_threshold() -> None:
    found = [judged("a", "fall", fall_score=0.7), judged("b", "sitting", fall_score=0.9, source="home")]
    assert choose_event_spec(found, find_first, most_false_alarms_per_hour=0.5).enter_score <= 0.7


def test_of_thresholds_that_find_as_many_real_falls_the_one_with_fewest_false_alarms_is_taken() -> None:
    found = [
        judged("a", "fall", fall_score=0.93),
        judged("b", "sitting", fall_score=0.85, source="home"),
        judged("c", "fall", fall_score=0.7, source="home"),
    ]
    assert 0.85 < choose_event_spec(found, find_first, most_false_alarms_per_hour=0.5).enter_score <= 0.93


def test_a_fall_that_is_found_is_worth_as_much_as_a_false_alarm_costs() -> None:
    falls = [judged("a", "fall", fall_score=0.97), judged("b", "fall", fall_score=0.71, source="home")]
    quiet = [judged("c", "walking", fall_score=0.55, source="bedside")]
    spec = choose_event_spec([*falls, *quiet], find_first, most_false_alarms_per_hour=0.5)
    assert 0.55 < spec.enter_score <= 0.71
    assert spec.begins_mid_clip
    restless = [judged(name, "sitting", fall_score=0.8, source="home") for name in ("d", "e")]
    spec = choose_event_spec([*falls, *quiet, *restless], find_first, most_false_alarms_per_hour=0.5)
    assert 0.8 < spec.enter_score <= 0.97


def test_each_subject_is_held_out_with_its_share_of_the_other_places() -> None:
    served = [
        material("a", "fall", source="recorded", group="S2"),
        material("b", "fall", source="recorded", group="S3"),
        *(material(place, "other", source="ordinary") for place in ("hall", "street", "ward")),
    ]
    assert fold_groups(served) == [{"S2", "hall", "ward"}, {"S3", "street"}]
