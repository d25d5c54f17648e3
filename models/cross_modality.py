"""Starts a network over flow, or over any other channels, from one that was trained on RGB pictures.

Source: Wang et al., "Towards Good Practices for Very Deep Two-Stream ConvNets", arXiv:1507.02159, section 3
(cross-modality initialisation).
"""

from collections.abc import Mapping

from torch import Tensor, nn

from models.weights import load_reference, rename_to_ours


def cross_modality(kernel: Tensor, in_channels: int) -> Tensor:
    """Return a first kernel for other channels: the mean of the RGB kernel over its colours, for each channel.

    Args:
        kernel: (out, 3, ...).
        in_channels: Channels of the new input, 20 for a stack of ten fields of flow.

    Returns:
        (out, in_channels, ...); not divided by the number of channels, as published.
    """
    return kernel.mean(dim=1, keepdim=True).repeat_interleave(in_channels, dim=1)


def start_from_rgb(network: nn.Module, rgb_weights: Mapping[str, Tensor], *, first: str, classifier: str) -> None:
    """Give a network the weights of one over RGB; its first layer takes their mean, its classifier stays as it is.

    Args:
        network: Over any number of channels, of the same kind, depth and width as the one over RGB.
        rgb_weights: By their public names or ours, of any number of classes.
        first: Name of the first layer: "conv1" of a ResNet, "Conv2d_1a_7x7.conv2d" of `inception_v1`.
        classifier: Name of the last layer: "fc" of a ResNet, "logits" of `inception_v1`.

    Raises:
        ValueError: weights are missing or of another shape; they are named, and nothing was changed.
    """
    weights = rename_to_ours(rgb_weights)
    own = network.state_dict()
    kernel = f"{first}.weight"
    if kernel not in weights or kernel not in own:
        raise ValueError(f"the first layer of both networks must be {first}, but {kernel} is missing")
    weights[kernel] = cross_modality(weights[kernel], own[kernel].shape[1])
    without_classifier = {name: tensor for name, tensor in weights.items() if not name.startswith(f"{classifier}.")}
    kept = {name: tensor for name, tensor in own.items() if name.startswith(f"{classifier}.")}
    load_reference(network, {**without_classifier, **kept})
