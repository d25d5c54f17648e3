"""How the steps of a training are taken, as every kind of run says it."""

from pydantic import Field

from models.config_file import Section


class ScheduleConfig(Section):
    """A linear warm-up to the highest learning rate, then half a cosine down to zero; AdamW; averaged weights."""

    steps: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    learning_rate: float = Field(gt=0)  # highest
    warmup_steps: int = Field(0, ge=0)
    weight_decay: float = Field(0.05, ge=0)
    average_decay: float = Field(0.99, ge=0, lt=1)  # of the running average of the weights that is kept
