"""Asking a finished network about clips."""

import numpy as np
import pytest
import torch

from models.networks.cnn_rnn import CnnRnn
from models.training.answers import Examiner
from models.training.inputs import input_of
from models.training.objectives import OneLabel
from models.training.recordings import Recording, Wanted

LABELS = ("sit", "walk")


@pytest.fixture
def recording() -> Recording:
    rng = np.random.default_rng(0)
    return Recording("v", rng.integers(0, 256, (40, 32, 40, 3), dtype=np.uint8), 4.0, label="walk")


def test_a_memory_network_answers_alike_whether_frames_are_looked_at_once_or_for_each_clip(
    recording: Recording,
) -> None:
    torch.manual_seed(0)
    network = CnnRnn(2, cell="gru", cnn="efficientnet_lite0", hidden_size=8).eval()
    network_input = input_of("cnn_rnn", {"cnn": "efficientnet_lite0"})
    examiner = Examiner(network_input, OneLabel(), num_frames=6, stride_frames=4, crop=(32, 32))
    found = examiner.ask(network, recording, Wanted(LABELS))
    assert found is not None
    assert found.start_seconds.tolist() == [float(start) for start in range(9)]
    assert found.targets.tolist() == [1] * 9
    clips = np.stack([recording.frames[4 * index : 4 * index + 6, :, 4:36] for index in range(9)])
    with torch.inference_mode():
        alone = network(network_input.read(torch.from_numpy(clips))).softmax(1).numpy()
    assert found.answers == pytest.approx(alone, abs=1e-5)  # fp32, summed in another order


def test_clips_are_spread_evenly_when_there_are_more_than_wanted(recording: Recording) -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.AdaptiveAvgPool3d(1), torch.nn.Flatten(), torch.nn.Linear(3, 2)).eval()
    examiner = Examiner(input_of("r3d_18", {}), OneLabel(), num_frames=4, stride_frames=4)
    found = examiner.ask(network, recording, Wanted(LABELS), max_clips=3)
    assert found is not None
    assert found.start_seconds.tolist() == [0.0, 4.0, 9.0]
    assert found.answers.sum(1) == pytest.approx(np.ones(3))
