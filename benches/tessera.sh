#!/usr/bin/env bash
# Appends the same number of entries with Assize and with Tessera's POSIX driver, in turn,
# and prints the median of the ratios. Needs Go. Usage: benches/tessera.sh [ENTRIES] [ROUNDS]
#
# Not the same work: Assize builds, chains and signs each entry (about 1.3 kB) and reads
# it back; Tessera is given ready files of that size, and signs the checkpoint only.
set -euo pipefail
cd "$(dirname "$0")/.."
entries=${1:-1000} rounds=${2:-15}
module=github.com/transparency-dev/tessera
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

GOBIN="$work/bin" GOFLAGS=-mod=mod go install "$module/cmd/examples/posix-oneshot@v1.0.4"
cargo bench --bench ledger --no-run --quiet
bench=$(cargo bench --bench ledger --no-run 2>&1 | sed -n 's/.*(\(.*\))/\1/p' | tail -n 1)

# A key pair in the form of signed notes, made here and for nothing else.
cat >"$work/key.go" <<'GO'
package main

import (
	"crypto/rand"
	"os"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	private, public, err := note.GenerateKey(rand.Reader, "bench")
	if err != nil {
		panic(err)
	}
	os.WriteFile(os.Args[1]+"/key", []byte(private), 0o600)
	os.WriteFile(os.Args[1]+"/key.pub", []byte(public), 0o600)
}
GO
(cd "$work" && go mod init bench >/dev/null 2>&1 && go get golang.org/x/mod@v0.29.0 >/dev/null 2>&1 && go run key.go "$work")

mkdir "$work/entries"
for ((n = 0; n < entries; n++)); do
    { printf 'entry %d ' "$n"; head -c 1280 /dev/urandom | base64 -w 0 | head -c 1280; } >"$work/entries/$n"
done

milliseconds() {
    local began=$EPOCHREALTIME
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    echo $(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
}
assize() { rm -rf "$work/a" && milliseconds "$bench" append "$work/a" "$entries"; }
tessera() {
    rm -rf "$work/t"
    milliseconds "$work/bin/posix-oneshot" --storage_dir="$work/t" --entries="$work/entries/*" \
        --private_key="$work/key" --public_key="$work/key.pub"
}

for ((round = 0; round < rounds; round++)); do
    if ((round % 2)); then t=$(tessera) a=$(assize); else a=$(assize) t=$(tessera); fi
    echo "$a $t $((a * 1000 / t))"
done >"$work/times"
sorted() { cut -d' ' -f"$1" "$work/times" | sort -n | sed -n "$2p"; }
middle=$(((rounds + 1) / 2))
printf 'assize %s ms, tessera %s ms, ratio 0.001 x %s (%s to %s)\n' \
    "$(sorted 1 "$middle")" "$(sorted 2 "$middle")" "$(sorted 3 "$middle")" "$(sorted 3 1)" "$(sorted 3 "$rounds")"
