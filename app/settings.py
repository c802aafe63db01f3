"""Settings, all from the environment or `.env`, all with working defaults."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recommender.names import NAMES

_HERE = Path(__file__).resolve().parent.parent
DEMO = _HERE / "data" / "demo"
DEFAULT_STUDENT = "sasrec"
_OF_TOOLS = {"PALATE_PEERS_ENV", "PALATE_TEST_VLLM"}  # what benchmarks and tests read themselves


class Settings(BaseSettings):
    """One field a setting; the alias is the name in the environment."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True)

    llm_url: str = Field("", alias="PALATE_LLM_URL")
    """An OpenAI-compatible server, vLLM meant, e.g. http://127.0.0.1:8000/v1. Unset: llama.cpp in process."""
    llm_model: str = Field("default", alias="PALATE_LLM_MODEL")
    """The model's name at that server."""
    llm_key: str = Field("", alias="PALATE_LLM_KEY")
    """The server's key, if it wants one."""
    llm: Literal["auto", "off"] = Field("auto", alias="PALATE_LLM")
    """`off`: no language model at all; rules read and templates speak."""
    reader: Literal["auto", "rules", "llm", "tuned"] = Field("auto", alias="PALATE_READER")
    """Who reads messages first. `llm`: the model fills in the whole plan. `tuned`: a model with our adapter judges
    intent and names, rules do the rest. `auto`: a served model reads all; the embedded one, being tuned, judges."""
    words: Literal["auto", "template", "llm"] = Field("auto", alias="PALATE_WORDS")
    """Who writes replies. `auto`: a served model does; beside the small embedded one, templates do."""
    student: str = Field(DEFAULT_STUDENT, alias="PALATE_STUDENT")
    """Which trained model ranks, beside item-knn and popular: any that `app.py models` lists."""
    database_url: str = Field("", alias="DATABASE_URL")
    """Any SQLAlchemy URL. Unset: SQLite in the workspace."""
    chroma_url: str = Field("", alias="CHROMA_URL")
    """A Chroma server. Unset: in process, in the workspace."""
    embedder: str = Field("", alias="PALATE_EMBEDDER")
    """A folder or name of a sentence-transformers model. Unset: the packaged MiniLM."""
    auth: Literal["off"] = Field("off", alias="PALATE_AUTH")
    """`off`: an anonymous cookie. Accounts are not built yet."""
    secret: str = Field("", alias="PALATE_SECRET")
    """Signs cookies. Unset: made at first start and kept in the workspace."""
    data_dir: Path = Field(_HERE.parent / "shared" / "data", alias="PALATE_DATA_DIR")
    """Research data for benchmarks and tests."""
    currency: str = Field("", alias="PALATE_CURRENCY", max_length=8)
    """What prices are in, a sign or a code such as EUR. Unset: the items' own `currency`, or else $."""
    threads: int = Field(2, alias="PALATE_THREADS", ge=1, le=256)
    """Processor threads for the embedded model and the student."""

    @field_validator("auth", mode="before")
    @classmethod
    def _known_auth(cls, value: object) -> object:
        if value == "users":
            raise ValueError("PALATE_AUTH=users is not built yet; leave it at off")
        return value

    @field_validator("student")
    @classmethod
    def _known_student(cls, value: str) -> str:
        if value not in NAMES:
            raise ValueError(f"there is no model '{value}'; there are {', '.join(sorted(NAMES))}")
        return value

    @field_validator("embedder")
    @classmethod
    def _folder(cls, value: str) -> str:
        if value.startswith(("/", ".", "~")) and not Path(value).is_dir():
            raise ValueError(f"there is no folder {value}; give one, or the name of a sentence-transformers model")
        return value

    @field_validator("llm_url", "chroma_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # brackets that do not close, a port that is no number
            usable = False
        if value and not usable:
            raise ValueError(f"'{value}' is no address; it looks like http://127.0.0.1:8000/v1")
        return value


def threads() -> int:
    """The processor threads there may be; the default where a setting is wrong, which the command says later."""
    try:
        return Settings().threads
    except ValidationError:
        return int(Settings.model_fields["threads"].default)


def problems(error: ValidationError) -> list[str]:
    """What is wrong with the settings, a line each."""
    said = []
    for problem in error.errors():
        given, about = problem["input"], problem.get("ctx", {})
        if problem["type"] == "literal_error":
            reason = f"'{given}' is not known; it can be {about['expected']}"
        elif problem["type"] == "value_error":
            reason = str(about["error"])
        elif problem["type"] == "int_parsing":
            reason = f"'{given}' is no whole number"
        else:
            reason = problem["msg"]
        said.append(f"setting {'.'.join(map(str, problem['loc']))}: {reason}")
    return said


def misspelt() -> list[str]:
    """A sentence on each name in the environment or `.env` that looks like a setting and is none."""
    known = {field.alias for field in Settings.model_fields.values() if field.alias}
    file = Settings.model_config.get("env_file")
    names = {*os.environ, *(dotenv_values(str(file)) if file else ())}
    said = []
    for name in sorted(name for name in names - known - _OF_TOOLS if name.startswith("PALATE_")):
        like = get_close_matches(name, known, 1)
        said.append(f"{name} is no setting" + (f"; did you mean {like[0]}?" if like else ""))
    return said
