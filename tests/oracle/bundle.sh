#!/bin/sh
# A sealed folder signed with openssl, a second signature by `assize seal`, both trusted by
# a rule, and both verified with openssl over the DSSE pre-authentication encoding.
# Usage: bundle.sh ASSIZE, in an empty folder. Needs openssl and sed.
set -eu
assize=$1
type=application/vnd.in-toto+json

"$assize" keys generate ada >/dev/null
"$assize" keys generate bob >/dev/null
for name in ada bob; do
    printf '[[key]]\nname = "%s"\npublic_key = ".assize/keys/%s.pub.pem"\nroles = ["evidence"]\n' $name $name
done >trust.toml
mkdir -p e policies/gates/deploy
echo '{"x": 1}' >e/a.json
cat >policies/gates/deploy/signed.rego <<'EOF'
# METADATA
# scope: package
# title: Two people answer for the evidence
# custom:
#   id: deploy.signed
#   severity: high
#   requires: [{evidence: a, verified: true}]
package gates.deploy.signed

deny contains "not two" if count(input.evidence.a.signed_by) != 2
EOF
"$assize" seal e >/dev/null

digest=$(openssl dgst -sha256 -r e/bundle.json | sed 's/ .*//')
printf '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"bundle.json","digest":{"sha256":"%s"}}],"predicateType":"https://assize.dev/bundle/v1","predicate":{}}' \
    "$digest" >payload
pae() { printf 'DSSEv1 %s %s %s ' ${#type} "$type" "$(wc -c <payload | tr -d ' ')"; cat payload; }
pae >pae.bin
openssl pkeyutl -sign -inkey .assize/keys/ada.pem -rawin -in pae.bin -out ada.sig
keyid=$("$assize" keys show ada | sed -n 's/^key id *//p')
printf '{"payload":"%s","payloadType":"%s","signatures":[{"keyid":"%s","sig":"%s"}]}\n' \
    "$(openssl base64 -A -in payload)" "$type" "$keyid" "$(openssl base64 -A -in ada.sig)" >e/bundle.intoto.json

# One is denied, so that the rule is not satisfied by anything.
if "$assize" gate deploy -e e -q >/dev/null; then exit 1; else test $? = 1; fi
"$assize" seal e --add-signature --key .assize/keys/bob.pem >/dev/null
"$assize" gate deploy -e e -q >/dev/null

sed 's/^{"payload":"\([^"]*\)".*/\1/' e/bundle.intoto.json | tr -d '\n' | openssl base64 -d -A >payload.signed
cmp payload payload.signed
count=0
for name in ada bob; do
    keyid=$("$assize" keys show $name | sed -n 's/^key id *//p')
    sed "s|.*{\"keyid\":\"$keyid\",\"sig\":\"\([^\"]*\)\"}.*|\1|" e/bundle.intoto.json | tr -d '\n' | openssl base64 -d -A >sig.bin
    openssl pkeyutl -verify -pubin -inkey .assize/keys/$name.pub.pem -rawin -in pae.bin -sigfile sig.bin >/dev/null
    count=$((count + 1))
done
echo "$count signatures verified"
