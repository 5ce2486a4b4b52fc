# The menu. `just ci` is exactly what CI runs.

default:
    @just --list

# Everything that CI runs.
ci:
    .ci/run

fmt:
    cargo fmt --check

lint:
    cargo clippy --all-targets -- -D warnings

# The feature wall: ledger and verify without a Rego engine.
wall:
    cargo clippy --no-default-features --all-targets -- -D warnings
    cargo test --no-default-features

# What the README calls the tests.
test:
    cargo test

# Against stock tools (OPA, openssl, cosign, @sigstore/verify, …). Each needs its tool on PATH.
oracle:
    .ci/oracle

# The tests of policies/, and what they reach. `just policies --watch` runs them on every change.
policies *ARGS:
    cargo build
    target/debug/assize policy test --coverage --threshold-rules 100 --threshold-lines 90 {{ARGS}}

# Licences, sources and banned crates.
deny:
    .ci/deny

# Timings; see docs/performance.md for the method.
bench *ARGS:
    cargo bench {{ARGS}}
