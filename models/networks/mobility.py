"""Tells the mobilisation of a patient step by step: a small CNN for each frame, convolutions over time behind it.

The task, four activities as independent labels with the number of personnel, is that of Yeung et al., "A computer
vision system for deep learning-based detection of patient mobilization activities in the ICU", npj Digital Medicine
2:11, 2019, doi:10.1038/s41746-019-0087-z. Their network is not public; this one is ours: the CNN also finds where
people are and who of them holds the patient, which is how it learns to count them and where it looks more closely, and
the convolutions over time are dilated ones, in the past save for the first three.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.mobility import ACTIVITIES, LABELS, MAX_PERSONNEL, PLACES
from models.networks.convolution import conv_unit

NUM_COUNTS = MAX_PERSONNEL + 1
HEADS = {"activities": len(ACTIVITIES), "personnel": NUM_COUNTS, "place": len(PLACES), "presence": 2}
"""Logits of each step: four sigmoids, a softmax over 0 to 3, a softmax over places, sigmoids of alone and staff."""
NUM_LOGITS = sum(HEADS.values())
NUM_PERSON_MAPS = 3
"""Maps of where people are: the patient, the staff, and those of the staff who hold the patient."""
MAP_STRIDE = 4
"""Pixels of the input to one place of these maps."""
SHARPNESS = 2.0
"""By which the logits of a map are multiplied where one looks at its highest places more than at others."""
NUM_WHEREABOUTS = 5 + 2 * MAX_PERSONNEL
"""Where the patient is, right and down in -2..2, how sure that is, how many spots of staff and of helpers there are,
and how sure each of them is, the surest first."""
PEAK_PLACES = 3
"""A spot's peak is the highest of so many places across and down."""
SPOT_AREA = 8.0
"""Places that the spot of one person takes on a map."""
CENTRED_DILATIONS = (1, 2, 4)
CAUSAL_DILATIONS = (8, 16)
STEPS_AFTER = sum(CENTRED_DILATIONS)
"""Steps after a step on which what is said of it depends."""
STEPS_BEFORE = sum(CENTRED_DILATIONS) + 2 * sum(CAUSAL_DILATIONS)
"""Steps before it, without those with which its frames are compared."""


@dataclass(frozen=True, eq=False)
class FrameView:
    """What the CNN says of single frames."""

    described: Tensor
    """(N, num_described): what the convolutions over time read."""
    logits: Tensor
    """(N, NUM_LOGITS): what one frame with its changes tells by itself."""
    people: Tensor
    """(N, 3, H / 4, W / 4): logits of the chests of the patient, of the staff and of those who hold the patient."""


class MobilityNet(nn.Module):
    """Reads frames with their changes; `look` for each of them, then `follow` over time.

    Args:
        width: channels of the first layer.
        num_features: numbers by which a frame is described, beside what it tells by itself.
        hidden_size: channels over time.
        dropout: share of these channels dropped in training.
    """

    def __init__(self, *, width: int = 16, num_features: int = 64, hidden_size: int = 64, dropout: float = 0.0) -> None:
        super().__init__()
        self.num_classes = len(LABELS)
        self.look = FrameReader(width=width, num_features=num_features)
        self.enter = nn.Conv1d(self.look.num_described, hidden_size, 1)
        centred = [_TemporalBlock(hidden_size, dilation, is_causal=False) for dilation in CENTRED_DILATIONS]
        causal = [_TemporalBlock(hidden_size, dilation, is_causal=True) for dilation in CAUSAL_DILATIONS]
        self.blocks = nn.Sequential(*centred, *causal)
        self.dropout = nn.Dropout(dropout)
        self.leave = nn.Conv1d(hidden_size, NUM_LOGITS, 1)

    def forward(self, seen: Tensor) -> Tensor:
        """Return the logits of every step, (N, T, NUM_LOGITS), float32.

        Args:
            seen: (N, T, 3, H, W, 3), uint8, from `models.mobility.see_changes`.
        """
        described = self.look(read_changes(seen.flatten(0, 1)))  # (N * T, num_described)
        return self.follow(described.unflatten(0, seen.shape[:2]))

    def follow(self, described: Tensor) -> Tensor:
        """Return the logits of every step, (N, T, NUM_LOGITS), of described frames (N, T, num_described).

        Where the video begins and ends there are zeros beyond.
        """
        steps = self.dropout(F.relu(self.enter(described.transpose(1, 2))))  # (N, hidden_size, T)
        return self.leave(self.dropout(self.blocks(steps))).transpose(1, 2).float()  # type: ignore[no-any-return]


class FrameReader(nn.Module):
    """Finds people in a frame, tells who holds the patient, and describes it."""

    def __init__(self, *, width: int, num_features: int) -> None:
        super().__init__()
        self.num_described = num_features + NUM_LOGITS + NUM_WHEREABOUTS
        self.stem = conv_unit(5, width, stride=2)
        self.near = nn.Sequential(conv_unit(width, 2 * width, stride=2), conv_unit(2 * width, 2 * width))
        self.middle = nn.Sequential(
            conv_unit(2 * width, 4 * width, stride=2), conv_unit(4 * width, 4 * width), conv_unit(4 * width, 4 * width)
        )
        self.lift = nn.Conv2d(4 * width, 2 * width, 1)
        self.meet = conv_unit(2 * width, 2 * width)
        self.people = nn.Conv2d(2 * width, 2, 1)
        self.far = nn.Sequential(conv_unit(4 * width + 2, 6 * width, stride=2), conv_unit(6 * width, 6 * width))
        self.lift_far = nn.Conv2d(6 * width, 2 * width, 1)
        self.touch = nn.Sequential(conv_unit(2 * width + 2, 2 * width), conv_unit(2 * width, 2 * width))
        self.helpers = nn.Conv2d(2 * width, 1, 1)
        num_told = (2 * 6 + NUM_PERSON_MAPS * (4 + 6)) * width + NUM_WHEREABOUTS
        self.features = nn.Linear(num_told, num_features)
        self.head = nn.Linear(num_told, NUM_LOGITS)
        for maps in (self.people, self.helpers):
            nn.init.constant_(maps.bias, -3.0)  # type: ignore[arg-type]

    def forward(self, frames: Tensor) -> Tensor:
        """Describe frames (N, 5, H, W) from `read_changes`: (N, num_described)."""
        return self.view(frames).described

    def view(self, frames: Tensor) -> FrameView:
        """Return all that frames (N, 5, H, W) tell."""
        near = self.near(self.stem(frames))  # (N, 2 w, H / 4, W / 4)
        middle = self.middle(near)  # (N, 4 w, H / 8, W / 8)
        lifted = F.interpolate(self.lift(middle), size=near.shape[2:], mode="nearest")
        met = self.meet(F.relu(near + lifted))  # (N, 2 w, H / 4, W / 4)
        seen = self.people(met)  # (N, 2, H / 4, W / 4)
        found = F.max_pool2d(seen.sigmoid(), 2)  # (N, 2, H / 8, W / 8)
        far = self.far(torch.cat([middle, found], 1))  # (N, 6 w, H / 16, W / 16)
        people = torch.cat([seen, self._find_helpers(met, far, seen)], 1)  # (N, 3, H / 4, W / 4)
        near_people = [_at_people(maps, people) for maps in (middle, far)]  # (N, 12 w), (N, 18 w)
        whereabouts = _whereabouts(people)
        told = torch.cat([far.mean((2, 3)), far.amax((2, 3)), *near_people, whereabouts], 1)
        told = told.to(self.head.weight.dtype)  # places are told in fp32, also by a network that runs in bf16
        logits = self.head(told)
        return FrameView(torch.cat([F.relu(self.features(told)), logits.tanh(), whereabouts], 1), logits, people)

    def _find_helpers(self, met: Tensor, far: Tensor, seen: Tensor) -> Tensor:
        """Return where those are who hold the patient, (N, 1, h, w), of details (N, 2 w, h, w) and what is around."""
        around = F.interpolate(self.lift_far(far), size=met.shape[2:], mode="nearest")
        return self.helpers(self.touch(torch.cat([F.relu(met + around), seen.sigmoid()], 1)))  # type: ignore[no-any-return]


def read_changes(seen: Tensor) -> Tensor:
    """Map frames with their changes to what the CNN reads.

    Args:
        seen: (N, 3, H, W, 3), uint8: now, before, mean.

    Returns:
        (N, 5, H, W), float32, channels last in memory, where convolutions are faster: RGB in [-1, 1], then how much
        brighter it is than before and than the mean.
    """
    values = seen.float() / 127.5 - 1
    grey = values.mean(-1)  # (N, 3, H, W): one a picture
    changes = 3 * (grey[:, :1] - grey[:, 1:]).permute(0, 2, 3, 1)  # (N, H, W, 2)
    return torch.cat([values[:, 0], changes], -1).permute(0, 3, 1, 2)


def _at_people(maps: Tensor, people: Tensor) -> Tensor:
    """Return the features of maps (N, C, h, w) where the people of each of P maps are: (N, P C)."""
    shares = _shares(F.adaptive_max_pool2d(people, maps.shape[2:]))  # (N, P, h, w)
    return torch.einsum("nchw,nphw->npc", maps, shares.to(maps.dtype)).flatten(1)


def _whereabouts(people: Tensor) -> Tensor:
    """Return `NUM_WHEREABOUTS` numbers of maps (N, 3, h, w)."""
    shares = _shares(people)[:, 0]  # (N, h, w)
    height, width = shares.shape[1:]
    right = shares.sum(1) @ torch.linspace(-2, 2, width, device=people.device)  # (N,)
    down = shares.sum(2) @ torch.linspace(-2, 2, height, device=people.device)
    chances = people.float().sigmoid()
    sure = chances[:, 0].amax((1, 2))
    num_spots = chances[:, 1:].sum((2, 3)) / SPOT_AREA  # (N, 2)
    return torch.cat([torch.stack([right, down, sure], 1), num_spots, _peaks(chances[:, 1:])], 1)


def _peaks(chances: Tensor) -> Tensor:
    """Return the heights of the highest peaks of each of P maps (N, P, h, w): (N, P * MAX_PERSONNEL)."""
    highest = F.max_pool2d(chances, PEAK_PLACES, stride=1, padding=PEAK_PLACES // 2)
    peaks = chances * (chances == highest)
    return peaks.flatten(2).topk(MAX_PERSONNEL, dim=2).values.flatten(1)


def _shares(people: Tensor) -> Tensor:
    """Return how much of one's look each place of maps (N, P, h, w) gets, float32, summing to one in each map."""
    return (SHARPNESS * people.float()).flatten(2).softmax(-1).view_as(people)


class _TemporalBlock(nn.Module):
    """A dilated convolution over time beside what comes in."""

    def __init__(self, size: int, dilation: int, *, is_causal: bool) -> None:
        super().__init__()
        self.padding = (2 * dilation, 0) if is_causal else (dilation, dilation)
        self.over_time = nn.Conv1d(size, size, 3, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(size)
        self.mix = nn.Conv1d(size, size, 1)

    def forward(self, steps: Tensor) -> Tensor:
        changed = F.relu(self.norm(self.over_time(F.pad(steps, self.padding))))
        return steps + self.mix(changed)  # type: ignore[no-any-return]
