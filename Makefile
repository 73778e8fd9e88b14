# Everything a fresh machine needs is made by these targets: Python 3.11, make and a package registry are enough.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DATA ?=
SEED ?= $(DATA)/../seed
QUESTION ?= what did Lavrov blame the US for?
TORCH := $(shell grep '^torch==' requirements.lock)
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu

export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo test crash fuzz check evals evals-chat bench serve lock clean

setup: $(VENV)/.ready  ## make the environment alone

# On Linux the registry's torch brings several GB of CUDA, so the CPU build is fetched where PyTorch publishes it; when that
# place does not answer, from wherever pip is configured to look.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Byline needs Python 3.11 or later: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	@if [ "$$(uname)" = Linux ] && $(BIN)/python -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=10)' \
		$(TORCH_CPU_INDEX)/torch/ 2>/dev/null; then \
		$(BIN)/pip install --quiet --index-url $(TORCH_CPU_INDEX) $(TORCH); \
	else \
		$(BIN)/pip install --quiet $(TORCH); \
	fi
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## take the samples in, ask, print the cited answer
	rm -rf .demo
	$(BIN)/byline ingest --library .demo --samples
	$(BIN)/byline ask --library .demo "$(QUESTION)"

test: setup  ## the whole test suite
	$(BIN)/python -m pytest

crash: setup  ## kill an ingest at 200 random moments, and see what is left
	$(BIN)/python -m pytest tests/test_crash.py --moments 200

fuzz: setup  ## 10,000 damaged inputs for the reader of each format
	$(BIN)/python -m evals.fuzz --inputs 10000 $(if $(DATA),--data $(DATA))

check: setup  ## lint, format, types, import contracts, pages in step with commands and results, floors
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check README.md evals/README.md
	$(BIN)/python -m evals.results

.PHONY: data
data:
	@test -d "$(DATA)" || { echo "say where the data sets are: make evals DATA=DIRECTORY (bench likewise)" >&2; exit 2; }

evals: setup data  ## quality, measured on the data sets in DATA, and compared with the floors
	$(BIN)/python -m evals.seed --seed $(SEED)
	$(BIN)/python -m evals.retrieval --data $(DATA)
	$(BIN)/python -m evals.answers --data $(DATA)
	$(BIN)/python -m evals.follow_ups --data $(DATA)
	$(BIN)/python -m evals.stated --data $(DATA)
	$(BIN)/python -m evals.contrasts --data $(DATA)
	$(BIN)/python -m evals.verifying --data $(DATA)
	$(BIN)/python -m evals.replayed --data $(DATA)
	$(BIN)/python -m evals.disagreements --data $(DATA)
	$(BIN)/python -m evals.passages --data $(DATA)
	$(BIN)/python -m evals.adapter --data $(DATA)
	$(BIN)/python -m evals.extraction --data $(DATA)
	$(BIN)/python -m evals.junk --data $(DATA)
	$(BIN)/python -m evals.speakers --data $(DATA)
	$(BIN)/python -m evals.copies --data $(DATA)
	$(BIN)/python -m evals.plots
	$(BIN)/cog -r evals/README.md

evals-chat: setup data  ## the chat model of BYLINE_CHAT_MODEL, beside the keyless reader; it receives questions and passages
	$(BIN)/python -m evals.chat --data $(DATA)

bench: setup data  ## speed and memory, measured on the data sets in DATA
	$(BIN)/python -m evals.bench --data $(DATA)
	$(BIN)/python -m evals.load --data $(DATA)

serve: setup  ## answer over HTTP on port 8000, from the library of the demonstration
	$(BIN)/byline ingest --library .demo --samples
	$(BIN)/byline serve --library .demo

lock: setup  ## resolve the dependencies of pyproject.toml anew
	$(BIN)/pip install --quiet pip-tools==7.6.2
	$(BIN)/pip-compile --quiet --extra dev --strip-extras --no-emit-options --no-emit-index-url --no-header \
		--no-annotate --allow-unsafe --output-file requirements.lock pyproject.toml
	sed -i.bak -e "s/+cpu$$//" -e "/^\#/d" -e "/^$$/d" requirements.lock && rm requirements.lock.bak

clean:
	rm -rf $(VENV) .demo
