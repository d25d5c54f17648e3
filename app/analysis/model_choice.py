"""Which models an analysis runs, from what the command line says of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.analysis.annotated_video import AnnotatedVideo
from app.analysis.timeline import Timeline
from app.mobility.occurrences import mobility_products
from app.surgery.products import phase_products
from models.flow.methods import FlowMethod
from models.predictor import Arithmetic, ModelCard, Predictor, ServingMode
from models.registry import build_predictor, find_card, model_names
from models.serving import serve_as
from stream.analysis import Product


def sole_reader(names: Sequence[str], is_reader: Callable[[ModelCard], bool]) -> ModelCard | None:
    """Return the card of a model that reads whole inputs; it runs by itself, since it scores no clips.

    Args:
        names: of the models that were asked for.
        is_reader: whether a model reads whole inputs.

    Raises:
        ValueError: it was not named alone.
    """
    readers = [card for card in map(find_card, set(names) & set(model_names())) if is_reader(card)]
    if readers and len(names) > 1:
        raise ValueError(f"--model: {readers[0].name} reads whole inputs, name it alone")
    return readers[0] if readers else None


def cards_to_serve(
    names: Sequence[str], *, mode: ServingMode | None, flow_method: FlowMethod | None
) -> list[ModelCard]:
    """Return the cards of models of video, as they shall be served.

    Args:
        names: of the models.
        mode: None: as each card says.
        flow_method: how models of optical flow measure it; None: as each card says.

    Raises:
        ValueError: there is no such model, or it cannot be served so; begins with the option that asked for it.
    """
    if not names:
        raise ValueError(f"--model needs at least one of: {', '.join(model_names())}")
    try:
        cards = [find_card(name) for name in dict.fromkeys(names)]
    except ValueError as error:
        raise ValueError(f"--model: {error}") from error
    for card in cards:
        if card.clip_spec is None:
            raise ValueError(f"--model: {card.name} is not a model of video; analyze needs one that takes clips")
    try:
        served = [serve_as(card, mode) for card in cards]
    except ValueError as error:
        raise ValueError(f"--mode: {error}") from error
    return [replace(card, flow_method=flow_method) for card in served] if flow_method else served


def load_predictors(
    cards: Sequence[ModelCard], *, device: str, threads: int, arithmetic: Arithmetic
) -> list[Predictor]:
    """Return what serves each card.

    Raises:
        ValueError: a model has no weights here, or cannot be run so.
    """
    return [
        build_predictor(
            card.name,
            device=device,
            threads=threads,
            arithmetic=arithmetic,
            mode=card.mode,
            flow_method=card.flow_method,
        )
        for card in cards
    ]


def products_of(cards: Sequence[ModelCard], *, annotate: bool, end_seconds: float | None) -> list[Product]:
    """Return what is made of each input beside the records."""
    return [
        Timeline(),
        *phase_products(cards),
        *mobility_products(cards),
        *([AnnotatedVideo(end_seconds=end_seconds)] if annotate else []),
    ]
