"""What serves each model of pictures or volumes: the part of `registry.build_imaging_model` that needs PyTorch."""

from collections.abc import Callable

from models.imaging.answer import ImagingModel
from models.networks.rcnn.building import RCNN_BACKBONES
from models.predictor import ModelCard
from models.predictors.nodule_mask import build_nodule_mask
from models.predictors.nodules import build_nodules
from models.predictors.nuclei import build_nuclei
from models.predictors.pet_lesion import build_pet_lesion
from models.predictors.pfn_views import build_pfn_views
from models.predictors.picture_classes import build_picture_classes
from models.predictors.picture_objects import build_picture_objects
from models.predictors.volume_objects import build_volume_objects
from models.predictors.volume_segmenter import build_volume_segmenter
from models.predictors.volume_tiles import build_tiled_segmenter
from models.runtime.options import RuntimeOptions
from models.samples import Image

RCNN_KINDS = ("fasterrcnn", "maskrcnn")


def imaging_model_of(card: ModelCard, options: RuntimeOptions) -> ImagingModel:
    """Return what serves the model of a card.

    Args:
        card: Of a model with weights.
        options: Where and how its networks run.

    Raises:
        ValueError: nothing serves its network, its weights are missing or damaged, or its card says that it reads
            something else than it does.
    """
    builder = IMAGING_MODELS.get(card.network)
    if builder is None:
        raise ValueError(
            f"the card of {card.name} names the network {card.network!r}, which reads neither pictures nor volumes; "
            f"known are {', '.join(sorted(IMAGING_MODELS))}"
        )
    model = builder(card, options)
    reads = "picture" if model.accepts is Image else "volume"
    if card.reads != reads:
        raise ValueError(f'the card of {card.name} must say "reads": "{reads}", as {card.network} does; correct it')
    return model


IMAGING_MODELS: dict[str, Callable[[ModelCard, RuntimeOptions], ImagingModel]] = {
    **dict.fromkeys((f"{kind}_{name}" for name in RCNN_BACKBONES for kind in RCNN_KINDS), build_picture_objects),
    **dict.fromkeys(("deeplabv3_resnet50", "unet2d", "unet2d_original"), build_picture_classes),
    "nuclei": build_nuclei,
    **dict.fromkeys((f"{kind}3d_resnet18_fpn" for kind in RCNN_KINDS), build_volume_objects),
    "nodule_mask": build_nodule_mask,
    "nodules": build_nodules,
    "pet_lesion": build_pet_lesion,
    "pfn_views": build_pfn_views,
    "unet3d": build_volume_segmenter,
    "unet3d_original": build_tiled_segmenter,
}
"""What serves a model, by the network that its card names."""
