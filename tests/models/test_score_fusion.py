from collections.abc import Sequence

import numpy as np
import pytest

from models.score_fusion import fit_svm, mean_of_scores, stack_scores


def softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(1, keepdims=True))


def two_streams(num_videos: int, *, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Streams of four classes: one tells the first two from the rest but not apart, the other tells them apart."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 4, num_videos)
    spatial, temporal = generator.normal(size=(2, num_videos, 4))
    spatial[np.arange(num_videos), labels - labels % 2] += 4  # sees 0 or 2
    temporal[np.arange(num_videos), labels % 2] += 3  # sees 0 or 1
    return [softmax(spatial), softmax(temporal)], labels


def accuracy(answers: np.ndarray, labels: np.ndarray) -> float:
    return float((answers.argmax(1) == labels).mean())


def test_the_mean_of_distributions_is_one() -> None:
    scores, _ = two_streams(20, seed=1)
    fused = mean_of_scores(scores)
    np.testing.assert_allclose(fused.sum(1), 1)
    np.testing.assert_allclose(fused, (scores[0] + scores[1]) / 2)


def test_each_streams_scores_have_length_one_before_they_are_stacked() -> None:
    scores, _ = two_streams(20, seed=1)
    stacked = stack_scores([scores[0], 7 * scores[1]])
    assert stacked.shape == (20, 8)
    np.testing.assert_allclose(np.linalg.norm(stacked[:, :4], axis=1), 1)
    np.testing.assert_allclose(stacked, stack_scores(scores))


def test_an_svm_learns_which_stream_to_believe_in_what() -> None:
    scores, labels = two_streams(400, seed=2)
    others, truth = two_streams(400, seed=3)
    fused = accuracy(fit_svm(scores, labels).margins(others), truth)
    assert fused > 0.8
    assert fused > accuracy(mean_of_scores(others), truth) + 0.2


@pytest.mark.parametrize("penalty", [0.1, 1.0, 10.0])
def test_no_other_weights_cost_less(penalty: float) -> None:
    """The cost is convex: where no small step helps, nothing does."""
    scores, labels = two_streams(60, seed=4)
    fitted = fit_svm(scores, labels, penalty=penalty)
    sides = np.where(labels == 1, 1.0, -1.0)
    stacked = stack_scores(scores)

    def cost(weights: np.ndarray, bias: float) -> float:
        short = np.maximum(0, 1 - sides * (stacked @ weights + bias))
        return float(0.5 * weights @ weights + penalty * short @ short)

    best = cost(fitted.weights[1], fitted.biases[1])
    generator = np.random.default_rng(5)
    for _ in range(200):
        step = generator.normal(scale=0.01, size=9)
        assert cost(fitted.weights[1] + step[:8], fitted.biases[1] + step[8]) >= best - 1e-6


@pytest.mark.parametrize(
    "scores", [[np.zeros((3, 4)), np.zeros((3, 5))], [np.zeros((3, 4)), np.zeros((2, 4))], [np.zeros(4)], []]
)
def test_streams_that_do_not_fit_together_are_refused(scores: Sequence[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="streams must give scores of one shape, "):
        mean_of_scores(scores)


def test_labels_and_penalties_out_of_range_are_refused() -> None:
    scores, labels = two_streams(10, seed=1)
    with pytest.raises(ValueError, match=r"labels must be one of 0\.\.3 for each of 10 videos"):
        fit_svm(scores, labels + 4)
    with pytest.raises(ValueError, match=r"penalty must be above 0, got -1\.0"):
        fit_svm(scores, labels, penalty=-1.0)


def test_other_streams_than_those_fitted_are_refused() -> None:
    scores, labels = two_streams(30, seed=1)
    with pytest.raises(ValueError, match="must have 8 scores together, as those the SVM was fitted to, got 4"):
        fit_svm(scores, labels).margins(scores[:1])
