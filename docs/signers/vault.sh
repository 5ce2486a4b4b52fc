#!/bin/sh
# Signs standard input with an Ed25519 key of Vault's transit engine (type=ed25519).
# Usage: vault.sh KEY
# https://developer.hashicorp.com/vault/api-docs/secret/transit#sign-data
set -eu
signature=$(base64 -w 0 | vault write -field=signature "transit/sign/$1" input=-)
# vault:v<version of the key>:<base64>
printf '%s\n' "${signature##*:}"
