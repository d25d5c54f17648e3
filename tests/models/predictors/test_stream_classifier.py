"""A streaming predictor's scores depend on the video alone: not on what it remembers, nor on company."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.networks.i3d import I3D
from models.predictor import ClipSpec, ModelCard
from models.predictors.stream_classifier import StreamClassifier
from models.results import Classification, Result
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_streaming
from models.runtime.ready import ReadyStep
from models.runtime.video_stream import VideoStream
from models.samples import Clip, FramesMissing, Passage
from models.serving import serve_as
from models.transforms import normalise_clip
from tests.models.small_i3d import small_i3d

LABELS = ("still", "moving", "falling")
SPEC = ClipSpec(num_frames=32, frame_rate_hz=25.0, stride_seconds=0.64, short_side=16)
CARD = ModelCard("tiny", "i3d_rgb", LABELS, "none", "Apache-2.0", "tests", clip_spec=SPEC)
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def network() -> I3D:
    return small_i3d(len(LABELS), seed=1, logit_gain=0.001)


@pytest.fixture(scope="module")
def step(network: I3D) -> ReadyStep:
    options = RuntimeOptions(device="cpu", threads=1, backend="torch", arithmetic="float32")
    return prepare_for_streaming(network, torch.zeros(1, 3, 16, 16, 20), options)


@pytest.fixture
def classifier(step: ReadyStep) -> StreamClassifier:
    return new_classifier(step)


def new_classifier(step: ReadyStep, max_batch_size: int = 1) -> StreamClassifier:
    stream = VideoStream(step, frames_per_step=16, max_batch_size=max_batch_size)
    return StreamClassifier(serve_as(CARD, "stream"), stream, input_size=None, max_batch_size=max_batch_size)


def make_video(num_frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (num_frames, 16, 20, 3), np.uint8)


def passages(video: np.ndarray, source_id: str = "bed1", gone: range = range(0)) -> list[Passage]:
    """Return the passages of a whole video as a clip sampler plans them; frames of `gone` cannot be read."""

    def read(start: int, stop: int) -> np.ndarray:
        for place in reversed(range(start, stop)):
            if place in gone:
                raise FramesMissing(f"frame {place} is gone", place)
        return np.stack([video[place] for place in range(start, stop)])

    spec, found = serve_as(CARD, "stream").clip_spec, []
    assert spec is not None
    for start in range(0, len(video) - spec.num_frames + 1, spec.stride_frames):
        wanted = start + spec.num_frames + spec.lookahead_frames
        found.append(
            Passage(
                source_id=source_id,
                segment=1,
                start=max(0, start - spec.context_frames),
                clip_start=start,
                clip_stop=start + spec.num_frames,
                stop=min(wanted, len(video)),
                is_last=wanted > len(video),
                read_frames=read,
            )
        )
    return found


def scores(results: list[Result]) -> np.ndarray:
    assert all(isinstance(result, Classification) for result in results)
    return np.array([result.scores for result in results if isinstance(result, Classification)])


def predicted(classifier: StreamClassifier, clips: list[Passage]) -> np.ndarray:
    """Return the scores of passages that come one by one."""
    return scores([classifier.predict([classifier.prepare(clip)])[0] for clip in clips])


@torch.inference_mode()
def expected(network: I3D, video: np.ndarray) -> np.ndarray:
    """Return the scores of each clip by the network run over the whole video."""
    clip = torch.from_numpy(normalise_clip(video))[None]
    padded = torch.nn.functional.pad(clip, (0, 0, 0, 0, 0, -len(video) % 8))
    logits = network.logits_grid(padded).mean((3, 4))[0]  # (classes, slices)
    starts = range(0, (len(video) - 32) // 16 + 1)
    return torch.stack([logits[:, 2 * start : 2 * start + 3].mean(1).softmax(0) for start in starts]).numpy()


@pytest.mark.parametrize("num_frames", [32, 80, 150])
def test_scores_are_those_of_the_network_run_over_the_whole_video(
    network: I3D, classifier: StreamClassifier, num_frames: int
) -> None:
    video = make_video(num_frames)
    found = predicted(classifier, passages(video))
    assert np.ptp(found[:, 0]) > 1e-4 or len(found) == 1  # the clips do differ
    np.testing.assert_allclose(found, expected(network, video), atol=TOLERANCE)


def test_a_new_worker_says_what_the_old_one_would_have_said(network: I3D, step: ReadyStep) -> None:
    video = make_video(200)
    clips = passages(video)
    before, after = predicted(new_classifier(step), clips[:5]), predicted(new_classifier(step), clips[5:])
    np.testing.assert_allclose(np.concatenate([before, after]), expected(network, video), atol=TOLERANCE)


def test_a_clip_given_again_and_clips_left_out_change_no_score(network: I3D, classifier: StreamClassifier) -> None:
    video = make_video(260)
    clips, wanted = passages(video), expected(network, video)
    order = [0, 1, 1, 2, 0, 3, 6, 7, 13, 5]
    np.testing.assert_allclose(predicted(classifier, [clips[index] for index in order]), wanted[order], atol=TOLERANCE)


def test_company_changes_no_score(network: I3D, step: ReadyStep) -> None:
    videos = {f"bed{seed}": make_video(120 + 16 * seed, seed) for seed in range(3)}
    classifier = new_classifier(step, max_batch_size=4)
    clips = [clip for name, video in videos.items() for clip in passages(video, name)]
    np.random.default_rng(0).shuffle(clips)
    clips.sort(key=lambda clip: clip.clip_start)
    found = scores(classifier.predict([classifier.prepare(clip) for clip in clips]))
    for name, video in videos.items():
        own = [index for index, clip in enumerate(clips) if clip.source_id == name]
        np.testing.assert_allclose(found[own], expected(network, video), atol=TOLERANCE)


def test_only_the_first_clips_are_warming_up(classifier: StreamClassifier) -> None:
    results = [classifier.predict([classifier.prepare(clip)])[0] for clip in passages(make_video(200))]
    flags = [result.is_warming_up for result in results if isinstance(result, Classification)]
    assert flags == [clip.clip_start < 48 for clip in passages(make_video(200))]


def test_where_context_is_gone_a_new_segment_warms_up(network: I3D, classifier: StreamClassifier) -> None:
    video = make_video(200)
    clip = passages(video, gone=range(64, 70))[6]  # frames 48 to 176, its own from 96 on
    result = classifier.predict([classifier.prepare(clip)])[0]
    assert isinstance(result, Classification)
    assert result.is_warming_up
    rest = expected(network, video[80:])  # the segment begins on the grid of steps
    np.testing.assert_allclose(result.scores, rest[1], atol=TOLERANCE)


def test_a_clip_whose_own_frames_are_gone_is_not_scored(classifier: StreamClassifier) -> None:
    clip = passages(make_video(200), gone=range(100, 101))[6]
    with pytest.raises(FramesMissing, match="frame 100 is gone"):
        classifier.predict([classifier.prepare(clip)])


def test_a_clip_without_its_video_is_refused_by_name(classifier: StreamClassifier) -> None:
    clip = Clip(make_video(32), np.arange(32) / 25.0, "bed1")
    with pytest.raises(ValueError, match="reads passages of video, got Clip from 'bed1'"):
        classifier.prepare(clip)


def test_clips_off_the_grid_are_refused(classifier: StreamClassifier) -> None:
    clip = passages(make_video(200))[1]
    with pytest.raises(ValueError, match="every 16 frames, got one of 'bed1' that begins at 17"):
        classifier.prepare(replace(clip, clip_start=17))
