"""Pictures of bright discs on a dark ground, with their label maps, in every layout."""

import json
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import yaml

from models.imaging.run_lengths import encode_mask

SIZE = 64
CONFIG: dict[str, Any] = {
    "kind": "detection",
    "name": "discs",
    "network": "maskrcnn_resnet18_fpn",
    "network_options": {
        "width": 0.125,
        "min_size": None,
        "anchor_sizes": [12, 24, 48, 64, 96],
        "num_proposals": 50,
        "num_training_regions": 32,
    },
    "labels": ["disc"],
    "data": {"layout": "label_maps", "pictures": "data"},
    "crop": [SIZE, SIZE],
    "fit": {"steps": 6, "batch_size": 2, "learning_rate": 0.003, "validate_every": 3, "checkpoint_every": 2},
    "card": dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "test"),
}
SMALL_UNET: dict[str, Any] = {
    "kind": "pixels",
    "network": "unet2d",
    "network_options": {"width": 0.125},
}


def write_config(folder: Path, **changes: Any) -> Path:
    """Write CONFIG with changes."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({**CONFIG, **changes}))
    return path


def disc_picture(seed: int, *, size: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture, uint8 (H, W, 3), and the numbers of its discs, int32 (H, W)."""
    rng = np.random.default_rng(seed)
    pixels, instances = rng.normal(30, 8, (size, size)), np.zeros((size, size), np.int32)
    rows, columns = np.mgrid[:size, :size]
    for number, centre in enumerate(rng.permutation([(16, 16), (16, 48), (48, 16), (48, 48)])[:3], start=1):
        row, column = centre + rng.uniform(-4, 4, 2)
        is_disc = (rows - row) ** 2 + (columns - column) ** 2 < rng.uniform(7, 11) ** 2
        pixels[is_disc] += rng.uniform(90, 160)
        instances[is_disc] = number
    return np.repeat(np.clip(pixels, 0, 255).astype(np.uint8)[..., None], 3, axis=2), instances


def write_label_maps(folder: Path, count: int, *, classes: bool = False) -> None:
    """Write NAME_img.png and NAME_labels.png."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(count):
        pixels, instances = disc_picture(seed)
        cv2.imwrite(str(folder / f"p{seed}_img.png"), pixels)
        cv2.imwrite(str(folder / f"p{seed}_labels.png"), (instances > 0 if classes else instances).astype(np.uint8))


def write_mask_folders(folder: Path, count: int) -> None:
    """Write NAME/images/NAME.png and NAME/masks/K.png, as the Data Science Bowl 2018 has them."""
    for seed in range(count):
        pixels, instances = disc_picture(seed)
        for part in ("images", "masks"):
            (folder / f"p{seed}" / part).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"p{seed}" / "images" / f"p{seed}.png"), pixels)
        for number in range(1, instances.max() + 1):
            mask = (instances == number).astype(np.uint8) * 255
            cv2.imwrite(str(folder / f"p{seed}" / "masks" / f"{number}.png"), mask)


def write_coco_pictures(folder: Path, count: int, *, outlines: bool = True) -> Path:
    """Write pictures and annotations.json; returns the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 7, "name": "disc"}]}
    for seed in range(count):
        pixels, instances = disc_picture(seed)
        cv2.imwrite(str(folder / f"p{seed}.png"), pixels)
        record["images"].append({"id": seed, "file_name": f"p{seed}.png", "height": SIZE, "width": SIZE})
        for number in range(1, instances.max() + 1):
            rows, columns = np.nonzero(instances == number)
            left, top = int(columns.min()), int(rows.min())
            one = {
                "id": len(record["annotations"]),
                "image_id": seed,
                "category_id": 7,
                "bbox": [left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top],
            }
            if outlines:
                one["segmentation"] = encode_mask(instances == number)
            record["annotations"].append(one)
    path = folder / "annotations.json"
    path.write_text(json.dumps(record))
    return path


def write_ball_volumes(folder: Path, count: int) -> list[dict[str, str]]:
    """Write volumes with two bright balls each; returns the pairs of volume and labels."""
    pairs = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        grid = np.stack(np.mgrid[:20, :40, :40], axis=-1)
        labels = np.zeros((20, 40, 40), np.uint8)
        for number, centre in enumerate(((10, 11, 12), (10, 28, 27)), start=1):
            labels[((grid - centre - rng.uniform(-2, 2, 3)) ** 2).sum(-1) < rng.uniform(5, 8) ** 2] = number
        path = folder / f"v{seed}.h5"
        with h5py.File(path, "w") as file:
            file["raw"] = (rng.normal(20, 4, labels.shape) + 80 * (labels > 0)).astype(np.float32)
            file["label"] = labels
        pairs.append({"picture": f"{path}#raw", "labels": f"{path}#label"})
    return pairs
