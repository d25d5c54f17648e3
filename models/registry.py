"""Every network and every model by name.

A *network* is layers (`build_network`), a *model* is what can be served: a network with weights, labels and
preprocessing, as its card says. `build_predictor` makes those that read video, `build_imaging_model` those that read
pictures or volumes. Importing this module imports no PyTorch: the ingester and the dashboard read cards in small
processes.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from models.imaging.answer import ImagingModel
from models.predictor import Arithmetic, Predictor, ServingMode
from models.store.catalogue import find_card, is_servable, model_names

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "build_imaging_model",
    "build_network",
    "build_predictor",
    "find_card",
    "is_servable",
    "model_names",
    "network_names",
]


def network_names() -> list[str]:
    """Return the names that `build_network` knows."""
    from models.networks.table import NETWORKS

    return sorted(NETWORKS)


def build_network(name: str, **options: Any) -> "nn.Module":
    """Make a bare network, with random weights unless its builder says otherwise, that returns fp32 logits.

    Args:
        name: One of `network_names`.
        **options: Such as `num_classes`, `in_channels` and `width`; each network has its own.

    Raises:
        ValueError: no network has this name, or it has no such option.
    """
    from models.networks import table

    return table.build_network(name, **options)


def build_predictor(
    name: str,
    *,
    device: str = "auto",
    threads: int = 0,
    backend: Literal["auto", "torch", "openvino"] = "auto",
    arithmetic: Arithmetic = "auto",
    flow_method: Literal["auto", "dis", "tvl1"] = "auto",
    mode: ServingMode | None = None,
) -> Predictor:
    """Make a model ready to serve.

    Args:
        name: One of `model_names`.
        device: "auto" (CUDA when there is one, else CPU), "cpu", "cuda" or "cuda:N".
        threads: Threads of the CPU for the network; 0: all cores.
        backend: Library that runs the network; "auto" takes the fastest that is installed.
        arithmetic: "auto" takes bf16 where the device has it in hardware; "int8" needs a model that was calibrated.
        flow_method: How optical flow is measured, for models that read it; "auto": as the card says.
        mode: Whether clips are scored by themselves or as parts of the video; None: as the model was evaluated.

    Raises:
        ValueError: the name is unknown, the model has no weights or damaged ones, it cannot be streamed, or this
            machine lacks what is asked.
    """
    from models.predictors.table import predictor_of
    from models.runtime.options import RuntimeOptions, choose_device

    choose_device(device)  # also of models that run on the CPU whatever is asked: a slip is told by all alike
    card = find_card(name)
    if flow_method != "auto":
        card = replace(card, flow_method=flow_method)
    options = RuntimeOptions(device=device, threads=threads, backend=backend, arithmetic=arithmetic)
    return predictor_of(card, options, mode)


def build_imaging_model(name: str, *, device: str = "auto", threads: int = 0) -> ImagingModel:
    """Make a model of pictures or volumes ready to serve.

    Args:
        name: One of `model_names` whose card says that it reads pictures or volumes.
        device: "auto" (CUDA when there is one, else CPU), "cpu", "cuda" or "cuda:N".
        threads: Threads of the CPU for the network; 0: all cores.

    Raises:
        ValueError: the name is unknown, the model reads video, has no weights or damaged ones, or this machine lacks
            what is asked.
    """
    from models.predictors.imaging_table import imaging_model_of
    from models.runtime.options import RuntimeOptions, choose_device

    choose_device(device)
    return imaging_model_of(find_card(name), RuntimeOptions(device=device, threads=threads))
