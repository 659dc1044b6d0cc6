# One target for each task; `make` alone lists them. Each target first installs what it needs into .venv.

PORT ?= 8000
PYTHON ?=
CHAOS_SEED := $(SEED)
SEED := $(or $(SEED),$(shell od -An -N4 -tu4 /dev/urandom | tr -d ' '))
# Texts and file names are UTF-8 in every locale. Python 3.15 makes this the default: https://peps.python.org/pep-0686/
PYTHONUTF8 := 1
export PORT PYTHON SEED PYTHONUTF8

.PHONY: help run test test-fast fuzz mutate chaos check prove bench clean

help:
	@echo 'make run        start Redis Tutor on http://127.0.0.1:8000/ (make run PORT=9000 for another port)'
	@echo 'make test       all tests; make test-fast leaves out slow ones and those that need a browser'
	@echo 'make check      style, types, import layers, settings, migrations, and the claims of the lessons'
	@echo 'make prove      run the programs of all lessons by their steps, and compare with the proof files'
	@echo 'make fuzz       random tests with new examples, ten times as many; make fuzz SEED=123 repeats those of a seed'
	@echo 'make mutate     plant falsehoods in the lessons and count those found; make mutate SAMPLE=500 REQUIRE=95'
	@echo 'make chaos      kill, stop, fill, cut and jump under load, then audit every run (make chaos SECONDS=600 SEED=abc)'
	@echo 'make bench      measure what a step costs'
	@echo 'make clean      remove everything that was installed or generated: .venv, node_modules, var and caches'
	@echo
	@echo 'PYTHON=/path/to/python3.12 chooses the Python for .venv; the default is the newest one, 3.11 or later.'

run:
	@.ci/prepare requirements.txt
	@exec .venv/bin/python manage.py serve --port "$$PORT"

# The tests as pytest rewrites them are kept: to rewrite them takes each process some seconds.
test test-fast fuzz: export PYTHONDONTWRITEBYTECODE :=

test:
	@.ci/prepare requirements-dev.txt
	.venv/bin/pytest -n auto

test-fast:
	@.ci/prepare requirements-dev.txt
	.venv/bin/pytest -n auto -m 'not browser and not slow'

fuzz:
	@.ci/prepare requirements-dev.txt
	@echo "The seed is $$SEED. To repeat these examples: make fuzz SEED=$$SEED"
	.venv/bin/pytest -n auto -m hypothesis --hypothesis-profile fuzz --hypothesis-seed "$$SEED"

mutate: export DEBUG = 1
mutate:
	@.ci/prepare requirements.txt
	.venv/bin/python manage.py lessons mutate $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(REQUIRE),--require $(REQUIRE))

chaos:
	@.ci/prepare requirements-dev.txt
	DJANGO_SETTINGS_MODULE=tests.settings .venv/bin/python -m tests.chaos --seconds "$(or $(SECONDS),60)" --seed "$(CHAOS_SEED)"

check: export DEBUG = 1
check:
	@.ci/prepare requirements-dev.txt
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	@.ci/types
	.venv/bin/lint-imports --no-cache
	.venv/bin/python manage.py check --fail-level WARNING
	.venv/bin/python manage.py makemigrations --check --dry-run
	.venv/bin/python manage.py lessons check

prove: export DEBUG = 1
prove:
	@.ci/prepare requirements-dev.txt
	.venv/bin/python manage.py lessons prove --check

bench:
	@.ci/prepare requirements-dev.txt
	.venv/bin/python tests/bench.py

clean:
	rm -rf .venv var node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
