#!/bin/sh
# A declaration signed with openssl, a second signature by `assize declare`, and both
# verified with openssl over the DSSE pre-authentication encoding.
# Usage: declaration.sh ASSIZE, in an empty folder. Needs openssl and sed.
set -eu
assize=$1
type=application/vnd.assize.declaration+json

"$assize" keys generate ada >/dev/null
"$assize" keys generate bob >/dev/null
for name in ada bob; do
    printf '[[key]]\nname = "%s"\npublic_key = ".assize/keys/%s.pub.pem"\nroles = ["declaration"]\n' $name $name
done >trust.toml

printf '%s' '{"schema":"assize/declaration/v1","id":"D-1","statement":"Signed by openssl.","value":true,"declared_by":"ada","declared_at":"2026-11-01T09:00:00Z","expires_at":"2200-01-01T00:00:00Z"}' >payload
pae() { printf 'DSSEv1 %s %s %s ' ${#type} "$type" "$(wc -c <payload | tr -d ' ')"; cat payload; }
pae >pae.bin
openssl pkeyutl -sign -inkey .assize/keys/ada.pem -rawin -in pae.bin -out ada.sig
keyid=$("$assize" keys show ada | sed -n 's/^key id *//p')
printf '{"payload":"%s","payloadType":"%s","signatures":[{"keyid":"%s","sig":"%s"}]}\n' \
    "$(openssl base64 -A -in payload)" "$type" "$keyid" "$(openssl base64 -A -in ada.sig)" >d.json

# Refused unless the signature by openssl verifies.
"$assize" declare --add-signature d.json --key .assize/keys/bob.pem >/dev/null

sed 's/^{"payload":"\([^"]*\)".*/\1/' d.json | tr -d '\n' | openssl base64 -d -A >payload.signed
cmp payload payload.signed
count=0
for name in ada bob; do
    keyid=$("$assize" keys show $name | sed -n 's/^key id *//p')
    sed "s|.*{\"keyid\":\"$keyid\",\"sig\":\"\([^\"]*\)\"}.*|\1|" d.json | tr -d '\n' | openssl base64 -d -A >sig.bin
    openssl pkeyutl -verify -pubin -inkey .assize/keys/$name.pub.pem -rawin -in pae.bin -sigfile sig.bin >/dev/null
    count=$((count + 1))
done
echo "$count signatures verified"
