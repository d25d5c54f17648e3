"""The parts of a training run for perifissural nodules, from views to a model on disk with its card."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from models.evaluation.bootstrap import bootstrap
from models.evaluation.classification import area_under_curve
from models.networks.pfn_views import PfnViews
from models.nodules.looking import ViewLooker
from models.nodules.views import VIEWS
from models.training.fitting import seed_everything
from models.training.pfn.config import PfnConfig
from models.training.pfn.examples import ViewedNodules
from models.training.pfn.lesson import fit_views
from models.training.phases import Show

LABELS = ("perifissural nodule", "other nodule")


def look_at_all(scans: Sequence[ViewedNodules], show: Show) -> list[np.ndarray]:
    """Return the features of all copies of the nodules of each scan, (N, copies, 3, K)."""
    looker, found = ViewLooker(), []
    for scan in scans:
        num_nodules, num_copies = scan.views.shape[:2]
        features = looker.look(scan.views.reshape(-1, *scan.views.shape[2:]))
        found.append(features.reshape(num_nodules, num_copies, *features.shape[1:]))
        show(len(found), len(scans))
    return found


def train_network(config: PfnConfig, scans: Sequence[ViewedNodules], features: Sequence[np.ndarray]) -> PfnViews:
    """Return a network fitted to the nodules of some scans."""
    seed_everything(config.seed)
    network = PfnViews()
    num_copies = features[0].shape[1]
    fit_views(
        network,
        np.concatenate([one.reshape(-1, *one.shape[2:]) for one in features]),
        np.repeat(np.concatenate([scan.is_perifissural for scan in scans]), num_copies),
        np.repeat(np.arange(len(scans)), [len(scan.views) * num_copies for scan in scans]),
        weight_decay=config.weight_decay,
        num_folds=config.folds,
    )
    return network.eval()


def measure(
    config: PfnConfig, network: PfnViews, scans: Sequence[ViewedNodules], features: Sequence[np.ndarray]
) -> dict[str, Any]:
    """Return the metrics on test scans as plain JSON values; each nodule is seen once, at its middle."""
    with torch.inference_mode():
        logits = [network(torch.from_numpy(one[:, 0])).numpy() for one in features]
    scored = [(rows, scan.is_perifissural, np.array(scan.places)) for rows, scan in zip(logits, scans, strict=True)]
    test = config.scans.test
    return {
        "measured_on": f"{test.count} simulated scans, seeds {test.seeds[0]} to {test.seeds[-1]}, outside training; "
        "true nodules at their true places; intervals are 95 %, bootstrap over scans",
        "num_perifissural": sum(int(truth.sum()) for _, truth, _ in scored),
        "num_other": sum(int((~truth).sum()) for _, truth, _ in scored),
        "auc": bootstrap(scored, lambda some: _auc(some, -1)).rounded(),
        **{f"auc_{view}": round(_auc(scored, index), 4) for index, view in enumerate(VIEWS)},
        "auc_against_those_near_a_fissure": bootstrap([_near(one) for one in scored], lambda s: _auc(s, -1)).rounded(),
    }


Scored = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Logits (N, 4), whether each is perifissural, and where each lies, of one scan."""


def _near(scored: Scored) -> Scored:
    rows, truth, places = scored
    keep = truth | (places == "near_fissure")
    return rows[keep], truth[keep], places[keep]


def _auc(scored: Sequence[Scored], column: int) -> float:
    """Return how often a perifissural nodule has a higher score than another."""
    scores = np.concatenate([rows[:, column] for rows, _, _ in scored])
    truth = np.concatenate([truth for _, truth, _ in scored])
    return area_under_curve(scores, truth)
