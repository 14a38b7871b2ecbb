# The two commands of a new user are `make demo` and `make test`; both install what is missing and
# build first. Nothing is built here: SwiftPM does that, and the scripts in tools/ do the rest.

# demo: the full demonstration.  smoke: the same path in a minute or two, for continuous integration.
DEMO ?= demo
# MPI ranks of the demonstration.
RANKS ?= 2
SWIFT ?= swift
# 0 builds without FFmpeg, dlib and LMDB: no extraction of faces from photos and videos, no LMDB.
BLENDWAY_EXTRACT ?= 1

export SWIFT BLENDWAY_EXTRACT

.PHONY: help setup build demo test lint clean

help:
	@echo 'make demo      install what is missing, build, make data, train on $(RANKS) ranks, evaluate, report'
	@echo 'make test      the same preparation, then every test'
	@echo
	@echo 'make demo RANKS=4       on another number of ranks'
	@echo 'make demo DEMO=smoke    a short one that checks the path, not the detector'
	@echo 'make build BLENDWAY_EXTRACT=0   without extraction of faces from photos and videos'
	@echo 'make setup              only install what is missing'
	@echo 'make build              only build .build/release/blendway'
	@echo 'make lint               check the shell scripts (needs shellcheck), and that mutants still apply'
	@echo 'make clean              remove what was built; runs/ stays'

setup:
	@tools/setup.sh

build: setup
	$(SWIFT) build -c release --product blendway

demo: build
	@tools/demo.sh $(DEMO) $(RANKS)

# In release mode, as everything else: one build for all. One suite after the other, because many
# start MPI jobs of their own, which would fight over the cores and run into their time-outs. At the end
# stands what was skipped, and why.
test: setup
	$(SWIFT) build -c release --build-tests
	@tools/test.sh

lint:
	tools/mutants.sh --check
	tools/module-map.sh --check
	shellcheck -x tools/*.sh benchmarks/*.sh docs/figures/*/*.sh .ci/run $(wildcard clusters/*/*.sh clusters/*/*.sbatch clusters/*/*.pbs)

clean:
	rm -rf .build
