#!/bin/sh
# Verifies a receipt with jq and openssl alone: the record's signature, the checkpoint's,
# and that the record is in the tree whose root the checkpoint signs (RFC 9162 2.1.3.2).
# usage: verify-receipt.sh RECEIPT RECORD_KEY.pem [CHECKPOINT_KEY.pem]
# exit: 0 sound, 1 something does not match, 2 could not run
set -u
LC_ALL=C; export LC_ALL
{ [ $# -eq 2 ] || [ $# -eq 3 ]; } && [ -r "$1" ] && [ -r "$2" ] && [ -r "${3:-$2}" ] ||
  { echo "usage: $0 RECEIPT RECORD_KEY.pem [CHECKPOINT_KEY.pem]" >&2; exit 2; }
command -v jq >/dev/null && command -v openssl >/dev/null || { echo "needs jq and openssl" >&2; exit 2; }
t=$(mktemp -d) || exit 2
trap 'rm -rf "$t"' EXIT
wrong() { echo "WRONG: $1" >&2; exit 1; }
signed() { openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$2" -sigfile "$3" >/dev/null 2>&1; }
is_number() { case $1 in '' | *[!0-9]* | 0?*) return 1 ;; esac; [ "${#1}" -le 18 ]; }
node() { { printf '\001'; cat "$1" "$2"; } | openssl dgst -sha256 -binary >"$t/new" && mv "$t/new" "$t/hash"; }

# The parts of the file.
{
  IFS= read -r first && [ "$first" = c2sp.org/tlog-proof@v1 ] || wrong "line 1 is not that of a receipt"
  IFS= read -r extra && [ "${extra#extra }" != "$extra" ] || wrong "no record in it"
  printf '%s' "${extra#extra }" | openssl base64 -d -A >"$t/record"
  IFS= read -r index && [ "${index#index }" != "$index" ] && index=${index#index } && is_number "$index" || wrong "no index in it"
  n=0
  while IFS= read -r hash && [ -n "$hash" ]; do
    printf '%s' "$hash" | openssl base64 -d -A >"$t/path.$n"
    [ "$(wc -c <"$t/path.$n")" -eq 32 ] && [ "$n" -lt 64 ] || wrong "hash $n is none"
    n=$((n + 1))
  done
  IFS= read -r origin; IFS= read -r size; IFS= read -r root; IFS= read -r empty
  [ -z "$empty" ] && is_number "$size" || wrong "no checkpoint in it"
  printf '%s\n%s\n%s\n' "$origin" "$size" "$root" >"$t/text"
  by=0
  while IFS= read -r line; do
    [ "${line#"— $origin "}" != "$line" ] || continue
    printf '%s' "${line#"— $origin "}" | openssl base64 -d -A | tail -c +5 >"$t/sig"
    signed "${3:-$2}" "$t/text" "$t/sig" && by=1
  done
} <"$1"
[ "$by" = 1 ] || wrong "the checkpoint's signature does not match"

# The record.
jq -e . "$t/record" >/dev/null 2>&1 || wrong "the record is not JSON"
type=$(jq -r .payloadType "$t/record"); jq -r .payload "$t/record" | openssl base64 -d -A >"$t/payload"
{ printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(wc -c <"$t/payload")"; cat "$t/payload"; } >"$t/pae"
jq -r '.signatures[0].sig' "$t/record" | openssl base64 -d -A >"$t/sig"
signed "$2" "$t/pae" "$t/sig" || wrong "the record's signature does not match"
[ "$(jq -r '.predicate.ledger | "\(.index) \(.origin)"' "$t/payload")" = "$index $origin" ] || wrong "the record was signed for another place"

# The path from the record to the root.
[ "$index" -lt "$size" ] || wrong "the record is beyond the checkpoint"
{ printf '\000'; cat "$t/record"; } | openssl dgst -sha256 -binary >"$t/hash"
at=$index; last=$((size - 1)); i=0
while [ "$i" -lt "$n" ]; do
  [ "$last" -gt 0 ] || wrong "the path is too long"
  if [ $((at & 1)) -eq 1 ] || [ "$at" -eq "$last" ]; then
    node "$t/path.$i" "$t/hash"
    while [ $((at & 1)) -eq 0 ] && [ "$at" -ne 0 ]; do at=$((at >> 1)); last=$((last >> 1)); done
  else
    node "$t/hash" "$t/path.$i"
  fi
  at=$((at >> 1)); last=$((last >> 1)); i=$((i + 1))
done
[ "$last" -eq 0 ] && [ "$(openssl base64 -A <"$t/hash")" = "$root" ] || wrong "the record is not in the tree of the checkpoint"
echo "proved: record $index of ledger '$origin', signed by $2, is in the tree over $size records that ${3:-$2} signs"
jq -r '.predicate | "it says: \(.kind) \(.name): \(.verdict // .outcome), recorded at \(.recorded_at)"' "$t/payload"
jq -r '.subject[]? | "it is about: \(.name)@sha256:\(.digest.sha256)"' "$t/payload"
echo "not proved: that others are shown the same ledger, and that it still has the record"
