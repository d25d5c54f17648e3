"""Fits both stages of the classifier of perifissural nodules: logistic regressions, found exactly."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.pfn_views import PfnViews
from models.nodules.views import VIEWS

_STEPS = 60
_SECOND_DECAY = 1e-3


def fit_views(
    network: PfnViews,
    features: np.ndarray,
    is_perifissural: np.ndarray,
    groups: np.ndarray,
    *,
    weight_decay: float,
    num_folds: int,
) -> None:
    """Fit a network in place: the views on everything, the second stage on what views say that they did not learn.

    Args:
        network: is given means and deviations too.
        features: (N, 3, K).
        is_perifissural: bool, (N,).
        groups: number of the scan of each, (N,); those of a scan are held out together.
        weight_decay: of the first stage.
        num_folds: in which the second stage's examples are made.

    Raises:
        ValueError: only one of both kinds is there.
    """
    if is_perifissural.all() or not is_perifissural.any():
        raise ValueError("nodules on a fissure and others are both required to learn from; simulate more scans")
    network.mean.copy_(torch.from_numpy(features.mean(0)))
    network.deviation.copy_(torch.from_numpy(features.std(0) + 1e-3))
    standard = (torch.from_numpy(features) - network.mean) / network.deviation
    wanted, held_out = torch.from_numpy(is_perifissural).float(), np.zeros((len(features), len(VIEWS)), np.float32)
    folds = groups % num_folds
    for fold in np.unique(folds):
        rest = torch.from_numpy(folds != fold)
        for index in range(len(VIEWS)):
            judge = nn.Linear(network.num_features, 1)
            _fit(judge, standard[rest, index], wanted[rest], weight_decay)
            with torch.no_grad():
                held_out[~rest.numpy(), index] = judge(standard[~rest, index])[:, 0].numpy()
    for index, view in enumerate(network.views):
        _fit(view, standard[:, index], wanted, weight_decay)
    _fit(network.together, torch.from_numpy(held_out), wanted, _SECOND_DECAY)


def _fit(layer: nn.Module, inputs: Tensor, wanted: Tensor, weight_decay: float) -> None:
    """Fit a logistic regression in which both kinds weigh the same."""
    share = wanted.mean()
    weights = torch.where(wanted > 0.5, 0.5 / share, 0.5 / (1 - share))
    nn.init.zeros_(layer.get_parameter("weight"))
    nn.init.zeros_(layer.get_parameter("bias"))
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        error = F.binary_cross_entropy_with_logits(layer(inputs)[:, 0], wanted, weight=weights)
        total = error + weight_decay / 2 * layer.get_parameter("weight").square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
