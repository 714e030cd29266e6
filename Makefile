# Everything a change needs. `make` alone lists the targets.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

GO          ?= go
FUZZTIME    ?= 30s
BENCH       ?= .
BENCHCOUNT  ?= 6
BENCHTIME   ?= 100ms
# What every packet or exchange passes through.
STAGES      ?= ./capture ./analyzer/...
# Matching a million journeys takes minutes.
BENCHSKIP   ?= Matcher/.*/1000000
# Figures of the last release; empty before the first.
BASELINE    ?= $(shell ls -v bench/baseline/*.txt 2>/dev/null | tail -n 1)
PLATFORMS   ?= linux/arm64 darwin/arm64 windows/amd64

# What keeps exchanges, tested once more with released ones overwritten at once.
KEEPERS     := ./analyzer ./analyzer/http1 ./check ./cmd/hophound ./bench

TOOL        := $(GO) tool -modfile=tools/go.mod
# What passes with Go alone: all but what needs root, a server or tcpdump.
OFFLINE      = $$($(GO) list ./... | grep -v -e '/hophound/lab$$' -e '/hophound/lab/app$$' -e '/hophound/bpf' -e '/hophound/capture' -e '/hophound/process$$' -e '/hophound/doctor$$')

export CGO_ENABLED = 0
# The object is the same, byte for byte, from the same release of clang alone: that
# of Debian bookworm.
export BPF2GO_CC    ?= clang-14
export BPF2GO_STRIP ?= llvm-strip-14

# stage NAME: tells what begins, and afterwards how long it took.
stage = @start=$$SECONDS; trap 'status=$$?; echo "== $(1): $$((SECONDS - start)) s$$([ $$status = 0 ] || echo ", FAILED")"' EXIT; echo "== $(1)";

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## a static binary: bin/hophound
	$(GO) build -trimpath -o bin/ ./cmd/hophound

.PHONY: test
test: install lint ## everything, as root on Debian: installs what the tests need, lints, runs all tests, those of the live chains too
	$(call stage,tests) $(GO) test -timeout 12m ./...
	$(call stage,released exchanges) $(GO) test -tags poison -timeout 12m $(KEEPERS)

.PHONY: install
install: ## what the tests need, as root on Debian: servers, tcpdump, tshark (lab/install.sh)
	@[ "$$(id -u)" = 0 ] || { echo "The tests make network namespaces and capture in them: run this as root, or 'make test-offline' for what needs only Go." >&2; exit 1; }
	$(call stage,install) bash lab/install.sh

.PHONY: test-offline
test-offline: ## the tests that need only Go, no root and no server
	$(GO) test $(OFFLINE)

.PHONY: lint
lint: ## golangci-lint, which also holds who may import whom; its first build takes a minute or two
	$(call stage,lint) $(TOOL) golangci-lint run

.PHONY: fmt
fmt: ## format the Go files
	$(TOOL) golangci-lint fmt

.PHONY: golden
golden: ## rewrite the golden files of the tests that have some; read the diff before you commit it
	@packages=$$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -r dirname | sort -u); \
	for p in $$packages; do echo "$$p"; $(GO) test "$$p" -update; done

.PHONY: lab
lab: install ## remake the captures of pcaps/ from real servers; CASE="a b" for some of them
	$(GO) run ./lab/cases $(CASE)

.PHONY: generate
generate: ## the eBPF object from its C; installs clang if it is missing, as root on Debian
	@{ command -v $(BPF2GO_CC) && command -v $(BPF2GO_STRIP); } >/dev/null || bash bpf/install.sh clang-14 llvm-14
	$(GO) generate ./bpf

.PHONY: generate-check
generate-check: ## fails if the eBPF object is not what its C makes
	$(call stage,eBPF object) before=$$(sha256sum bpf/heads_bpfel.*); $(MAKE) generate; \
	[ "$$before" = "$$(sha256sum bpf/heads_bpfel.*)" ] || { \
		echo "bpf/heads_bpfel.* were not what bpf/heads.bpf.c makes with $(BPF2GO_CC); they are now: test and commit them." >&2; exit 1; }

.PHONY: test-kernels
test-kernels: ## bpf, live capture and the command on Linux 5.10, 6.1 and 6.12 (and arm64) under qemu, some four minutes
	@bash bpf/install.sh qemu-system-x86 qemu-system-arm xz-utils iproute2 tcpdump
	$(call stage,kernels) $(GO) run ./bpf/kernels

.PHONY: compare
compare: install bench-install ## measure live: hophound capture beside tcpdump; into docs/PERFORMANCE.md. Wants a machine that does nothing else, some six minutes
	$(call stage,compare) $(GO) run ./lab/compare -write docs/PERFORMANCE.md

.PHONY: conformance
conformance: ## what hophound reads in the captures of the folder CORPUS, beside what tshark reads; needs tshark
	$(call stage,conformance) $(GO) run ./conformance -corpus '$(or $(CORPUS),$(error CORPUS is the folder of captures to compare))'

.PHONY: fuzz
fuzz: ## every fuzz target, FUZZTIME each
	@for p in $$($(GO) list ./...); do \
		targets=$$($(GO) test -list '^Fuzz' "$$p"); \
		for f in $$(grep '^Fuzz' <<< "$$targets" || true); do \
			echo "== $$p $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$p"; \
		done; \
	done

.PHONY: bench
bench: bench-install ## measure: beside other programs, memory, stages; into docs/PERFORMANCE.md. Wants a machine that does nothing else, some ten minutes
	$(call stage,compare) $(GO) run ./bench/compare -write docs/PERFORMANCE.md
	@$(MAKE) bench-stages

.PHONY: bench-quick
bench-quick: bench-install ## the same on little traffic, in a minute, to see that all is well; writes nothing
	$(call stage,compare) $(GO) run ./bench/compare -quick

.PHONY: bench-stages
bench-stages: ## Go benchmarks of STAGES into bench/latest.txt, compared with BASELINE
	@$(GO) test -run '^$$' -bench '$(BENCH)' -skip '$(BENCHSKIP)' -benchmem -benchtime $(BENCHTIME) -count $(BENCHCOUNT) $(STAGES) | tee bench/latest.txt
	@if [ -n "$(BASELINE)" ]; then $(TOOL) benchstat $(BASELINE) bench/latest.txt; \
	else echo "No release to compare with: at a release, copy bench/latest.txt to bench/baseline/VERSION.txt and commit it."; fi

.PHONY: profile
profile: ## where the time goes, for the compiler to know (https://go.dev/doc/pgo): when much has changed
	$(call stage,profile) $(GO) test -trimpath ./bench -run '^$$' -bench Analyze -benchtime 5s -cpuprofile cmd/hophound/default.pgo -o /dev/null

.PHONY: bench-install
bench-install: ## what hophound is measured beside, as root on Debian; what cannot be had is left out (bench/install.sh)
	$(call stage,install) bash bench/install.sh

.PHONY: cross
cross: ## build, and check the tests, for PLATFORMS
	@for p in $(PLATFORMS); do \
		echo "== $$p"; \
		export GOOS=$${p%/*} GOARCH=$${p#*/}; \
		$(GO) build -trimpath -o "bin/$${p/\//-}/" ./cmd/hophound; \
		$(GO) vet ./...; \
	done

.PHONY: clean
clean: ## remove what these targets made
	rm -rf bin bench/latest.txt
