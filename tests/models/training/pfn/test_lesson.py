"""The two stages of the classifier of perifissural nodules."""

import numpy as np
import pytest
import torch

from models.networks.pfn_views import PfnViews
from models.training.pfn.lesson import fit_views


def made_features(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features of which the first tells the kind, best in the second view."""
    rng = np.random.default_rng(seed)
    truth = rng.random(count) < 0.3
    features = rng.normal(5, 2, (count, 3, 8)).astype(np.float32)
    features[:, :, 0] += truth[:, None] * np.array([1.0, 4.0, 2.0])
    return features, truth


def fitted(seed: int) -> PfnViews:
    torch.manual_seed(seed)
    network, (features, truth) = PfnViews(8), made_features(300, 1)
    fit_views(network, features, truth, np.arange(300) // 10, weight_decay=0.01, num_folds=5)
    return network


def test_all_views_together_know_more_than_any_of_them() -> None:
    features, truth = made_features(400, 2)
    logits = fitted(0)(torch.from_numpy(features)).detach().numpy()
    assert logits.shape == (400, 4)
    ranks = [float((column[truth][:, None] > column[~truth][None]).mean()) for column in logits.T]
    assert ranks[1] > ranks[2] > ranks[0] > 0.55
    assert ranks[3] > ranks[1]


def test_a_fit_is_found_exactly_whatever_it_began_with() -> None:
    first, second = fitted(0), fitted(7)
    for name, tensor in first.state_dict().items():
        assert tensor.numpy() == pytest.approx(second.state_dict()[name].numpy(), abs=1e-4), name


def test_one_kind_alone_is_refused() -> None:
    features, truth = made_features(20, 3)
    with pytest.raises(ValueError, match="both required"):
        fit_views(PfnViews(8), features, np.ones_like(truth), np.arange(20), weight_decay=0.01, num_folds=2)
