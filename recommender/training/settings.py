"""Settings of a training run given as KEY=VALUE: which there are, whether a value fits, and what they change.

A key is a field of the model's shape (`n_layers`) or of its training (`labels`); after `distil.`, a field of how a
student is taught (`distil.cosine`); after `teacher.`, one of the teachers' own shape or training (`teacher.llm`).
What has an option of its own on the command line (epochs, seed, ...) is no setting.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from recommender.models.base import FitOptions, ModelError
from recommender.models.neural import NeuralModel
from recommender.models.teaching import DistilWeights
from recommender.training.distil import DistilOptions
from recommender.training.recipes import kind

Given = dict[str, Any]
_DISTIL, _TEACHER = "distil.", "teacher."
_OF_TRAINING = (
    "batch_size", "buckets", "clip_norm", "device", "labels", "learning_rate", "patience", "warm_up", "weight_decay",
)  # fmt: skip
_FILLED_IN = ("architecture", "prefix_tokens")  # by the language model, when it is loaded
_OPTIONS = ("folds", "seed")  # of the command line


@dataclass(frozen=True)
class RunSettings:
    """What was given, sorted by what it changes.

    Attributes:
        shape: of the model.
        training: of the model's `FitOptions`.
        teacher: of its teachers' shape and training.
        distil: of `DistilWeights` and `DistilOptions`.
    """

    shape: Given = field(default_factory=dict)
    training: Given = field(default_factory=dict)
    teacher: Given = field(default_factory=dict)
    distil: Given = field(default_factory=dict)


def read_settings(given: Sequence[str], model: str, teachers: Sequence[str] = ()) -> RunSettings:
    """Sort out settings written as KEY=VALUE; a value is JSON, or a word as it stands.

    Args:
        model: name of the model that is trained.
        teachers: names of the models that teach it; without any, there is nothing to set about teaching.

    Raises:
        ModelError: a key that does not exist, or a value that does not fit it; says which keys there are.
    """
    known = [("shape", "", _of_shape(model)), ("training", "", _of_training(model))]
    if teachers:
        known.append(("distil", _DISTIL, _of_teaching()))
        known += [("teacher", _TEACHER, _of_shape(name) | _of_training(name)) for name in teachers]
    hints = {prefix + key: (part, key, hint) for part, prefix, some in known for key, hint in some.items()}
    settings = RunSettings()
    for setting in given:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ModelError(f"A setting is written KEY=VALUE, unlike '{setting}'.")
        if key not in hints:
            more = "" if teachers else f" With a teacher there are also {_DISTIL}KEY and {_TEACHER}KEY."
            raise ModelError(f"{model} has no setting '{key}'. Known: {', '.join(hints) or 'none'}.{more}")
        part, name, hint = hints[key]
        value = _value(text, hint)
        if not _fits(value, hint):
            raise ModelError(f"{key} takes {_in_words(hint)}, not {text!r}.")
        getattr(settings, part)[name] = tuple(value) if isinstance(value, list) else value
    if "device" in settings.training:
        settings.teacher.setdefault("device", settings.training["device"])
    return settings


def _of_shape(model: str) -> Given:
    network = kind(model)
    if not issubclass(network, NeuralModel):
        return {}  # it only counts
    return {key: hint for key, hint in _hints(network.config_type).items() if key not in _FILLED_IN}


def _of_training(model: str) -> Given:
    return {key: hint for key, hint in _hints(FitOptions).items() if key in _OF_TRAINING and _of_shape(model)}


def _of_teaching() -> Given:
    hints = _hints(DistilWeights) | _hints(DistilOptions)
    return {key: hint for key, hint in hints.items() if key not in _OPTIONS}


def _hints(options: type) -> Given:
    hints = get_type_hints(options)
    return {f.name: hints[f.name] for f in fields(options)}


def _value(text: str, hint: Any) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if hint is str and not isinstance(value, str) else value  # a name may consist of digits


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(_fits(part, get_args(hint)[0]) for part in value)
    if hint is float:
        return type(value) in (int, float) and math.isfinite(value)
    return type(value) is hint


def _in_words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(map(str, get_args(hint)))
    if get_origin(hint) is tuple:
        return "a list such as [3,10]"
    return {int: "a whole number", float: "a number", bool: "true or false"}.get(hint, "text")
