#!/bin/sh
# Signs standard input with an Ed25519 key of AWS KMS (key spec ECC_NIST_EDWARDS25519, key
# usage SIGN_VERIFY). Usage: aws-kms.sh KEY, an id, ARN or alias/NAME.
# https://docs.aws.amazon.com/cli/latest/reference/kms/sign.html
set -eu
umask 077
message=$(mktemp)
trap 'rm -f "$message"' EXIT
cat >"$message"
aws kms sign --key-id "$1" --signing-algorithm ED25519_SHA_512 --message-type RAW \
    --message "fileb://$message" --query Signature --output text
