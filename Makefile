# One virtual environment, .venv: `make demo` puts the package and what the example needs into it, `make test` adds the tools.
# `make bench` has its own, .venv-bench, with other libraries of the kind beside ours: no test ever sees those.
SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
PIP_INSTALL = $(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt

# Decisions on people and their hours: every branch of these is tested.
GROUND := errors,text,identity,national_id,pseudonyms,reasons,hours,completions,leaving,linking,names,flow/*,providers/base,providers/claims,providers/claims_to_identity,providers/protocols

.PHONY: help demo test quick scale hosts versions check system bench load catalogs reference constraints clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

demo: .venv/.package ## run the example portal on 127.0.0.1:5000 with pretend providers; Ctrl-C ends both
	@exec $(BIN)/python -m example_app

test: check system ## check, then run every test but that of `make scale`, and hold the coverage to its floors
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses=auto --dist=loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --fail-under=100 --include="$$(echo flask_first_login/{$(GROUND)}.py | tr ' ' ,)"

quick: check ## check, then run in under a minute the tests that need no browser, no server and no second: while you write
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile -m "not (slow or browser or scale or endurance)"

scale: .venv/.test system ## 10,000 visits to the example portal: no server error, no sign-in lost, no worker that grows
	$(BIN)/python -m pytest -m endurance tests/scale

hosts: .venv/.test ## live through the first day of portals of other people's frameworks, each in an environment of its own
	PYTHONPATH=tests $(BIN)/python -m hosts

versions: ## run the quick tests with the oldest versions that we allow, and on every newer Python that is here
	bash .ci/versions

check: .venv/.test ## lint, formatting, types and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

system:
	@bash .ci/system

bench: .venv-bench/.bench ## measure pages, sign-ins, start-up, memory and the hours report beside floors, goals and other libraries
	@status=0; for part in benchmarks.report benchmarks.outbound benchmarks; do \
		PYTHONPATH=.:tests .venv-bench/bin/python -m $$part || status=1; \
	done; exit $$status

load: .venv/.test system ## load the example portal behind nginx with 10,000 visits, and see how memory and answers hold
	PYTHONPATH=.:tests $(BIN)/python -m benchmarks.load

catalogs: .venv/.test ## write the template of message catalogs, and our catalogs, from the words in the source
	$(BIN)/python .ci/catalogs.py

reference: .venv/.test ## write docs/settings.md and the files of docs/architecture.md from the source
	$(BIN)/python .ci/reference.py
	$(BIN)/python .ci/architecture.py

constraints: ## pin the newest versions that fit pyproject.toml, from a fresh environment
	bash .ci/constraints

clean: ## remove everything that was made here
	rm -rf .venv .venv-bench build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find flask_first_login example_app tests .ci -name __pycache__ -prune -exec rm -rf {} +

# The pip that comes with Python 3.11 knows neither --group nor --build-constraint, so the pinned one goes first.
.venv/.package: pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP_INSTALL) --upgrade pip
	$(PIP_INSTALL) --build-constraint .ci/constraints.txt --editable '.[sqlalchemy,example]'
	@touch $@

.venv/.test: .venv/.package
	$(PIP_INSTALL) --group test
	@touch $@

.venv-bench/.bench: BIN := .venv-bench/bin
.venv-bench/.bench: pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv .venv-bench
	$(PIP_INSTALL) --upgrade pip
	$(PIP_INSTALL) --build-constraint .ci/constraints.txt --group test --group bench --editable '.[sqlalchemy,example]'
	@touch $@
