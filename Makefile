# `make` lists the targets. CI calls only these.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help dev try synth dist check check-dist test lint bench bench-dev bench-smoke check-bootstrap check-template check-replacement check-upgrade check-own-code check-page check-workflows check-kafka check-runtime findings corpus e2e chaos fuzz mutants clean

# The function's architecture in the template.
ARCHITECTURE = $(shell target/release/synth build --stdout 2>/dev/null | sed -n '/^      Architectures:/{n;s/ *- //p}')
TARGET = $(if $(filter arm64,$(ARCHITECTURE)),aarch64,x86_64)-unknown-linux-gnu
BOOTSTRAP = target/$(TARGET)/deploy/bootstrap
PYTHON ?= python3
FIRST_BUILD = building synth and the function for the first time: about 4 minutes on 4 cores; later builds take seconds

help: ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  %-17s %s\n' "$$name" "$$text"; done

dev: ## Run Port, Kafka, Lambda's mapping and the function on this machine (DEV="--run create_vm --input cpu=2")
	@test -e target/debug/synth || echo "$(FIRST_BUILD)" >&2
	@cargo build $(PROGRESS) --package synth --bin synth --package handler --bin bootstrap
	@target/debug/synth dev $(DEV) --function target/debug/bootstrap

TRY ?= create_vm --input 'title=My first VM' --input cpu=2 --input memory=4 --input storage=8 --input region=eu-west-1
try: ## Carry out a run on this machine, without an account (TRY="resize_vm --entity x --input cpu_cores=4")
	@test -e target/debug/synth || echo "$(FIRST_BUILD)" >&2
	@cargo build $(PROGRESS) --package synth --bin synth --package handler --bin bootstrap
	@target/debug/synth try $(TRY) --function target/debug/bootstrap

synth: ## Check blueprints/, build the function, write out/
	@test -e target/release/synth && ls target/*/deploy/bootstrap >/dev/null 2>&1 \
	  || echo "$(FIRST_BUILD)" >&2
	@cargo build $(PROGRESS) --release --package synth
	@target/release/synth build --stdout >/dev/null # what is wrong with the input, before the function is built
	@$(if $(OWN_CODE),,$(MAKE) --no-print-directory function)
	@target/release/synth build $(if $(OWN_CODE),,--function $(BOOTSTRAP))
	@rm -rf .aws-sam # sam deploy would prefer an old build in there

# Whether the function is the crate in runner/, which `synth build` builds.
OWN_CODE = $(shell grep -s '^runtime *= *"cargo"' synth.toml)

# On a terminal, cargo shows how far it is.
PROGRESS = $(if $(MAKE_TERMERR),,--quiet)

# Static, so that the glibc of the function's image does not have to match this machine's.
# The sources of the dependencies have the same names on every machine: they are part of the program, in case it panics.
.PHONY: function
function:
	@rustc --print target-libdir --target $(TARGET) >/dev/null && test -d "$$(rustc --print target-libdir --target $(TARGET))" \
	  || { echo "error: this Rust cannot build for $(ARCHITECTURE); run: rustup target add $(TARGET)" >&2; exit 2; }
	@$(if $(filter $(shell uname -m),$(firstword $(subst -, ,$(TARGET)))),,command -v aarch64-linux-gnu-gcc >/dev/null || { echo "error: no linker for $(ARCHITECTURE); run: apt-get install gcc-aarch64-linux-gnu" >&2; exit 2; })
	@CARGO_ENCODED_RUSTFLAGS="$$(printf -- '-Ctarget-feature=+crt-static\037--remap-path-prefix=%s/registry/src/=' "$${CARGO_HOME:-$$HOME/.cargo}")" \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$(if $(filter aarch64,$(shell uname -m)),cc,aarch64-linux-gnu-gcc) \
	  cargo build $(PROGRESS) --profile deploy --package handler --bin bootstrap --target $(TARGET)

# For one of them alone: DIST=x86_64-unknown-linux-musl
dist: ## Build a release below target/dist: synth for x86_64 and arm64, static, with both functions inside
	@for architecture in x86_64 arm64; do \
	  $(MAKE) --no-print-directory function ARCHITECTURE=$$architecture; \
	  built=target/$${architecture/arm64/aarch64}-unknown-linux-gnu/deploy/bootstrap; inside=target/functions/$$architecture/bootstrap; \
	  cmp --silent $$built $$inside || install -D -m 0755 $$built $$inside; done
	@$(PYTHON) tests/checks/release.py $(DIST)

check: ## Check that out/ is up to date with blueprints/
	@cargo build --quiet --release --package synth
	@target/release/synth build --check

test: ## Run every test that needs only Rust
	cargo test --workspace --quiet

lint: ## Check formatting and run clippy; warnings are errors
	cargo fmt --check
	cargo clippy --workspace --all-targets -- --deny warnings

bench: bench-build ## Compare synth and the function with simple baselines (after `make synth`)
	@SYNTH_FUNCTION=$$PWD/$(BOOTSTRAP) target/release/bench --echo target/$(TARGET)/deploy/echo $(BENCH)

bench-smoke: ## Run the benchmarks for a few seconds, to see that they work
	@$(MAKE) --no-print-directory bench BENCH=--quick

bench-dev: bench-build ## Measure `synth dev`, and Restate's development server beside it (after `make synth`)
	@$(PYTHON) tests/checks/bench_dev.py target/release/synth $(BOOTSTRAP)

.PHONY: bench-build
bench-build:
	@cargo build --quiet --release --package synth --package bench
	@RUSTFLAGS="-C target-feature=+crt-static" \
	  cargo build --quiet --profile deploy --package bench --bin echo --target $(TARGET)

check-bootstrap: ## Check that the built function runs on Lambda's image
	@tests/checks/bootstrap.sh out/runner/bootstrap

check-template: ## Check the template with other projects' checkers and our own rules
	@cargo build --quiet --release --package synth
	@target/release/synth build --stdout --format json > target/template.json
	@$(PYTHON) tests/checks/check.py out/template.yaml --json target/template.json
	@TEMPLATE=out/template.yaml $(PYTHON) tests/checks/test_rules.py
	@$(MAKE) --no-print-directory check-replacement

check-dist: ## Check a release (after `make dist`): alone in an empty folder, on Debian 11, and on arm64
	@tests/checks/dist.sh

check-replacement: ## Check the table of replaced resources against CloudFormation's schemas
	@$(PYTHON) tests/checks/replacement.py --check

check-upgrade: ## Check that updating a stack of an earlier version replaces and deletes nothing and cannot fail
	@cargo build --quiet --release --package synth
	@for stack in tests/upgrade/*/; do echo "from $$stack"; \
	  target/release/synth diff "./$$stack" --fail-on replacement,deletion,failure; done

check-own-code: ## Check the crate that `synth init --code` writes: build it, and take a run through it
	@cargo test --quiet --package synth --test synth -- --ignored the_crate_of_synth_init_works

check-page: ## Check pages and pictures in a browser; images go to target/pages
	@cargo build --quiet --package synth
	@$(PYTHON) tests/checks/page.py target/debug/synth

check-workflows: ## Check the workflows and the action with zizmor, and what `synth init` writes
	@$(PYTHON) tests/checks/workflows.py .github
	@cargo build --quiet --package synth --bin synth --package handler --bin bootstrap
	@SYNTH_FUNCTION=$$PWD/target/debug/bootstrap $(PYTHON) tests/checks/own_repository.py target/debug/synth

check-kafka: ## Try other people's Kafka clients with our broker and with Apache Kafka (needs kcat, Java, Maven, npm)
	@cargo build --quiet --package local
	@$(PYTHON) tests/checks/kafka.py target/debug/local

check-runtime: ## Compare our Lambda runtime with AWS's emulator (after `make synth`)
	@cargo build --quiet --package local
	@$(PYTHON) tests/checks/runtime.py target/debug/local out/runner

findings: ## Write docs/findings.md from the register of findings
	@cp documents/src/finding/findings.md docs/findings.md

CORPUS_DIR ?=
corpus: ## Check a folder of blueprints and actions, one per file, and print a table (CORPUS_DIR=…)
	@test -n "$(CORPUS_DIR)" || { echo "error: CORPUS_DIR is not set; run: make corpus CORPUS_DIR=…" >&2; exit 2; }
	@cargo build --quiet --release --package synth
	@target/release/synth check --table $(CORPUS_DIR) || test $$? -eq 1 # documents may be refused: see the table

e2e: ## Deploy to an AWS emulator, invoke, change, delete (after `make synth`)
	@cargo build --quiet --package local --package synth
	@$(PYTHON) tests/e2e/e2e.py

CHAOS_RUNS ?= 10000
CHAOS_SEED ?= 20261125
chaos: function ## Test the built function with failing calls, redeliveries and kills: CHAOS_RUNS runs
	@CHAOS_RUNS=$(CHAOS_RUNS) CHAOS_SEED=$(CHAOS_SEED) CHAOS_BOOTSTRAP=$(BOOTSTRAP) \
	  cargo test --quiet --package handler --test chaos -- --nocapture

FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= $(basename $(notdir $(wildcard fuzz/targets/fuzz_targets/*.rs)))
fuzz: ## Feed hostile input to every decoder, FUZZ_SECONDS each (needs nightly Rust)
	@command -v target/tools/fuzz/bin/cargo-fuzz >/dev/null || cargo install --quiet --locked --root target/tools/fuzz cargo-fuzz@0.13.2
	@for target in $(FUZZ_TARGETS); do \
	  mkdir -p target/fuzz/corpus/$$target; \
	  PATH="$$PWD/target/tools/fuzz/bin:$$PATH" cargo +nightly fuzz run --fuzz-dir fuzz/targets --target-dir target/fuzz $$target \
	    target/fuzz/corpus/$$target $$(ls -d fuzz/seeds/$$target 2>/dev/null || true) -- \
	    -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=1024 -timeout=5 -max_len=65536 -print_final_stats=1 2>&1 | tail -n 8; done

MUTANTS ?= --count 10
mutants: ## Change the code at random and see whether the tests notice (MUTANTS="--seed 1 --count 20 port")
	@$(PYTHON) tests/checks/mutants.py $(MUTANTS)

clean: ## Remove everything that was built
	cargo clean
	rm -rf out/runner
