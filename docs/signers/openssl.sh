#!/bin/sh
# Signs standard input with a private key that openssl can use: a file, or with further
# options a key of a provider or engine. Usage: openssl.sh KEY [OPTIONS OF openssl pkeyutl]
set -eu
umask 077
key=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/message"
openssl pkeyutl -sign -rawin -inkey "$key" -in "$work/message" -out "$work/signature" "$@"
openssl base64 -A -in "$work/signature"
