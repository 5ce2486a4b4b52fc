#!/bin/sh
# Signs standard input with an Ed25519 key of Google Cloud KMS (algorithm EC_SIGN_ED25519).
# Usage: gcp-kms.sh LOCATION KEYRING KEY VERSION
# https://cloud.google.com/sdk/gcloud/reference/kms/asymmetric-sign
set -eu
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/message"
gcloud kms asymmetric-sign --location "$1" --keyring "$2" --key "$3" --version "$4" \
    --input-file "$work/message" --signature-file "$work/signature" >&2
base64 -w 0 <"$work/signature"
