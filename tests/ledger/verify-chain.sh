#!/bin/sh
# Verifies the chain and every signature of a ledger with jq and openssl alone.
# usage: verify-chain.sh LEDGER_DIR PUBLIC_KEY.pem
# exit: 0 sound, 1 something does not match (the index is named), 2 could not run
set -u
LC_ALL=C; export LC_ALL
[ $# -eq 2 ] && [ -r "$1/records.intoto.jsonl" ] && [ -r "$2" ] || { echo "usage: $0 LEDGER_DIR PUBLIC_KEY.pem" >&2; exit 2; }
command -v jq >/dev/null && command -v openssl >/dev/null || { echo "needs jq and openssl" >&2; exit 2; }
t=$(mktemp -d) || exit 2
trap 'rm -rf "$t"' EXIT
wrong() { echo "WRONG: line $((i + 1)) (index $i): $1" >&2; exit 1; }
i=0; origin=; prev=0000000000000000000000000000000000000000000000000000000000000000
while IFS= read -r line || { [ -n "$line" ] && wrong "does not end in a newline"; }; do
  printf '%s' "$line" | jq -e . >"$t/env" 2>/dev/null || wrong "is not JSON"
  type=$(jq -r .payloadType "$t/env"); jq -r .payload "$t/env" | openssl base64 -d -A >"$t/payload"
  { printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(wc -c <"$t/payload")"; cat "$t/payload"; } >"$t/pae"
  jq -r '.signatures[0].sig' "$t/env" | openssl base64 -d -A >"$t/sig"
  openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in "$t/pae" -sigfile "$t/sig" >/dev/null 2>&1 || wrong "signature does not match"
  [ "$(jq -r '.predicate.ledger | "\(.index) \(.prev)"' "$t/payload")" = "$i $prev" ] || wrong "index or prev does not match"
  o=$(jq -r .predicate.ledger.origin "$t/payload"); [ "${origin:-$o}" = "$o" ] || wrong "origin does not match"
  origin=$o; prev=$(printf '%s' "$line" | openssl dgst -sha256 -r | cut -c1-64); i=$((i + 1))
done <"$1/records.intoto.jsonl"
echo "proved: $i records of ledger '$origin', each signed by $2, each chained to the one before; head $prev"
echo "not proved: that no records were removed from the end, nor the whole signed anew by the key's holder:"
echo "            compare number and head with a checkpoint kept elsewhere, or run assize verify --since"
