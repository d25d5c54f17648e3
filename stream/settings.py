"""Every setting of the system, with its default, unit and meaning.

YAML files hold only differences; the environment overrides them (`VIGIL_REDIS__URL`). Components take
plain values from here; only the entry points in `app/` read files or the environment.
"""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from models.key_problems import in_words, name_of
from models.predictor import Arithmetic
from models.yaml_lines import LinedYaml, read_lined_yaml

Privacy = Literal["pixelated", "clear"]
SOURCE_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class Section(BaseModel):
    """A group of settings that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RedisSettings(Section):
    url: SecretStr | None = None  # redis://, rediss:// or unix://; None starts a server of our own
    socket_timeout_seconds: float = Field(2.0, gt=0)  # how long one command may take


class FrameSettings(Section):
    url: SecretStr | None = None  # redis:// of a server that keeps nothing; None: files in shared memory
    retention_seconds: float = Field(60.0, gt=0)  # how long a chunk of frames lives
    frames_per_chunk: int = Field(8, ge=1, le=64)  # frames written together


class SourceSettings(Section):
    id: str = Field(pattern=SOURCE_ID_PATTERN)  # name in results, alerts and on screen
    url: SecretStr  # path of a video file or DICOM cine, or rtsp://user:password@host/path
    models: tuple[str, ...] = ("bedside_i3d_stream",)  # names in the registry
    loop: bool = False  # play a file again and again at its own pace, as a camera would
    privacy: Privacy = "pixelated"  # what previews show; applied before they leave the ingester


class IngestSettings(Section):
    stall_after_seconds: float = Field(3.0, gt=0, le=5)  # silence after which a live source counts as stalled
    open_timeout_seconds: float = Field(8.0, gt=0)  # how long opening a source may take
    reconnect_min_seconds: float = Field(0.5, gt=0)  # first pause before a reconnect; doubles, with jitter
    reconnect_max_seconds: float = Field(10.0, gt=0)  # longest pause before a reconnect
    jump_seconds: float = Field(2.0, gt=0)  # a step of pts beyond this, either way, starts a new epoch
    preview_rate_hz: float = Field(8.0, gt=0)  # previews a second for the live wall
    preview_height: int = Field(270, ge=32)  # pixels
    max_pixels: int = Field(8192 * 4320, ge=1)  # largest frame that is decoded
    memory_limit_mib: int = Field(2048, ge=256)  # address space beyond the interpreter's own, a source


class WorkerSettings(Section):
    models: tuple[str, ...] = ()  # loaded at start, beside those that sources name
    device: str = "auto"  # auto, cpu or cuda:N
    threads: int = Field(0, ge=0)  # threads of the CPU for the network; 0: all cores
    backend: Literal["auto", "torch", "openvino"] = "auto"
    arithmetic: Arithmetic = "auto"  # int8: after `vigil models calibrate`
    lease_seconds: float = Field(6.0, gt=0)  # a source is given to another worker after this silence
    max_wait_seconds: float = Field(0.1, ge=0)  # how long a clip waits for company in its batch
    max_deliveries: int = Field(3, ge=1)  # deliveries before a clip is put on the dead stream
    deadline_seconds: float = Field(10.0, gt=0)  # age at which a live clip is dropped instead of scored
    max_backlog_clips: int = Field(8, ge=1)  # undelivered clips a source and model before the oldest go
    offline_jobs: bool = True  # read submitted pictures and volumes too, while there is no live clip to score


class SmtpSettings(Section):
    host: str | None = None  # mail server; None: e-mail receivers are refused
    port: int = Field(587, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    sender: str = "vigil@localhost"
    starttls: bool = True


class WatchSettings(Section):
    rules: tuple[dict[str, Any], ...] = ()  # alert rules; empty: those of configs/rules.yaml
    retry_seconds: tuple[float, ...] = (1, 5, 30, 120, 600, 3600)  # pauses between tries of one delivery
    webhook_timeout_seconds: float = Field(10.0, gt=0)
    allow_private_webhooks: bool = True  # receivers inside the hospital's own network are the usual case
    smtp: SmtpSettings = SmtpSettings()


class DashboardSettings(Section):
    host: str = "127.0.0.1"  # a loopback address: sign-in is the work of a proxy in front, on this machine
    port: int = Field(8501, ge=0, le=65535)  # 0: any free one
    allowed_hosts: tuple[str, ...] = ()  # further host names by which such a proxy passes requests on


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="VIGIL_", env_nested_delimiter="__", extra="forbid", frozen=True)

    state_directory: Path = Path("~/.local/state/vigil")  # ledger, server files, logs; made when missing
    redis: RedisSettings = RedisSettings()
    frames: FrameSettings = FrameSettings()
    ingest: IngestSettings = IngestSettings()
    worker: WorkerSettings = WorkerSettings()
    watch: WatchSettings = WatchSettings()
    dashboard: DashboardSettings = DashboardSettings()
    sources: tuple[SourceSettings, ...] = ()
    workers: int = Field(1, ge=0)  # worker processes of `vigil up`

    @field_validator("state_directory")
    @classmethod
    def _expand_home(cls, path: Path) -> Path:
        return path.expanduser()

    @field_validator("sources")
    @classmethod
    def _unique_ids(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        ids = [source.id for source in sources]
        repeated = sorted({name for name in ids if ids.count(name) > 1})
        if repeated:
            raise ValueError(f"every source needs an id of its own; used more than once: {repeated}")
        return sources

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over what the YAML file gave."""
        return env_settings, init_settings


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings: defaults, then the YAML file, then the environment.

    `REDIS_URL` and `FRAMES_URL` count as `VIGIL_REDIS__URL` and `VIGIL_FRAMES__URL`.

    Raises:
        ValueError: the file or a value is wrong; the message names the file and the key.
    """
    content = _read(path) if path else LinedYaml(Path(), {})
    values = dict(content.values)
    _refuse_misspelt_variables()
    for variable, section in (("REDIS_URL", "redis"), ("FRAMES_URL", "frames")):
        given = values.get(section) or {}
        if os.environ.get(variable) and isinstance(given, dict):
            values[section] = {**given, "url": os.environ[variable]}
    try:
        return Settings(**values)
    except ValidationError as error:
        raise ValueError(_explain(error, content)) from None  # pydantic's own shows the value, maybe a password
    except SettingsError as error:
        raise ValueError(f"the environment: {error}; a list or mapping in a variable must be JSON") from error


def _read(path: Path) -> LinedYaml:
    content = read_lined_yaml(path)
    content.values = {} if content.values is None else content.values
    if not isinstance(content.values, dict):
        raise ValueError(f"{path}:1: must hold keys and values, got a {type(content.values).__name__}")
    return content


def _refuse_misspelt_variables() -> None:
    """A misspelt variable would be left out in silence otherwise."""
    known = [f"VIGIL_{name}".upper() for name in Settings.model_fields]
    for name in sorted(os.environ):
        section = name.split("__")[0]
        near = get_close_matches(section, known, 1, cutoff=0.85) if name.startswith("VIGIL_") else []
        if near and section != near[0]:
            raise ValueError(f"the environment: {name} is no setting; is {near[0]} meant?")


def _explain(error: ValidationError, content: LinedYaml) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        where = problem["loc"]
        place = f"{content.path}:{content.line(where)}" if where[:1] and where[0] in content.values else "settings"
        hint = "; see `vigil config schema`" if problem["type"] == "extra_forbidden" else ""
        lines.append(f"{place}: {name_of(problem)}: {in_words(problem)}{hint}")
    return "\n".join(lines)
