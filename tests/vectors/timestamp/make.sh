#!/usr/bin/env bash
# Makes the files beside it with openssl: time stamps over the checkpoint of
# docs/spec/ledger.md §10, good ones and those that must be refused. What `openssl ts` would
# not sign is signed with `openssl cms` and put into a response by hand.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'example.com/ledger\n1\nDKmJw+LjuguGiKl0pu0ORneeLPV5l6pjXR9F8fQGXOQ=\n' >"$work/text"
printf 'example.com/ledger\n2\nDKmJw+LjuguGiKl0pu0ORneeLPV5l6pjXR9F8fQGXOQ=\n' >"$work/other"
cat >"$work/cnf" <<'CNF'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test root
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[leaf]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
[noeku]
keyUsage = critical,digitalSignature
[lax]
extendedKeyUsage = timeStamping
[both]
extendedKeyUsage = critical,timeStamping,codeSigning
[encipher]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,keyEncipherment
[ca]
default_ca = one
[one]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
[tsa]
default_tsa = t
[t]
serial = tsaserial
default_policy = 1.2.3.4.1
signer_digest = sha256
digests = sha256
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
CNF
sed 's/ess_cert_id_alg = sha256/ess_cert_id_alg = sha1/' "$work/cnf" >"$work/cnf-v1"
sed 's/^accuracy.*//; s/signer_digest = sha256/signer_digest = sha512/' "$work/cnf" >"$work/cnf-512"
here=$PWD
cd "$work"
touch index; echo 01 >serial; echo 01 >tsaserial
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
root() { openssl req -x509 "${ec[@]}" -keyout "$1.key" -out "$1.crt" -days 7300 -config cnf -extensions root -subj "/CN=$2"; }
# leaf NAME ISSUER EXTENSIONS [key options]
leaf() {
    local name=$1 issuer=$2 extensions=$3; shift 3
    local key=("${ec[@]}"); (($#)) && key=("$@")
    openssl req -new "${key[@]}" -keyout "$name.key" -out "$name.csr" -config cnf -subj "/CN=Test TSA $name"
    openssl x509 -req -in "$name.csr" -CA "$issuer.crt" -CAkey "$issuer.key" -CAcreateserial -days 7000 \
        -extfile cnf -extensions "$extensions" -out "$name.crt"
}
root ca "Test root"; root selfmade "Test root"; root stranger "Another root"
leaf good ca leaf
leaf rsa ca leaf -newkey rsa:2048 -nodes
leaf p384 ca leaf -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes
leaf middle ca root
leaf chained middle leaf
leaf self selfmade leaf
leaf strange stranger leaf
for kind in noeku lax both encipher; do leaf $kind ca $kind; done
openssl req -new "${ec[@]}" -keyout expired.key -out expired.csr -config cnf -subj "/CN=Test TSA expired"
openssl ca -batch -config cnf -cert ca.crt -keyfile ca.key -in expired.csr -out expired.crt -notext \
    -extfile cnf -extensions leaf -startdate 20200101000000Z -enddate 20200201000000Z

query() { openssl ts -query -data "$1" -sha256 "${@:2}" -out q.tsq; }
# reply NAME SIGNER [config] [options]
reply() { openssl ts -reply -config "${3:-cnf}" -section t -queryfile q.tsq -signer "$2.crt" -inkey "$2.key" "${@:4}" -out "$here/$1.tsr"; }
query text -cert
reply good good; reply rsa rsa cnf-512; reply p384 p384; reply legacy good cnf-v1
reply chained chained cnf -chain middle.crt
reply selfmade self; reply stranger strange
query other -cert; reply other good
query text; reply bare good
openssl ts -query -data text -sha384 -cert -out q.tsq; reply refused good
cp ca.crt "$here/ca.pem"; cp middle.crt "$here/middle.pem"; cp stranger.crt "$here/stranger.pem"

# A token that openssl ts would not make: its information, signed by somebody else.
openssl ts -reply -in "$here/good.tsr" -token_out -out token.der
openssl cms -verify -noverify -nosigs -inform DER -in token.der -out info.der
wrap() {
    python3 - "$1" "$here/$2.tsr" <<'PY'
import sys
def frame(tag, value):
    size = len(value)
    if size < 128:
        return bytes([tag, size]) + value
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + value
token = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(frame(0x30, frame(0x30, b"\x02\x01\x00") + token))
PY
}
forge() { # NAME [options of openssl cms]
    openssl cms -sign -binary -nodetach -md sha256 -econtent_type 1.2.840.113549.1.9.16.1.4 \
        -in info.der -outform DER -out forged.der "${@:2}"
    wrap forged.der "$1"
}
for kind in noeku lax both encipher expired; do
    forge "$kind" -cades -signer $kind.crt -inkey $kind.key
done
forge unnamed -signer good.crt -inkey good.key
forge two -cades -signer good.crt -inkey good.key -signer self.crt -inkey self.key
forge keyid -cades -keyid -signer good.crt -inkey good.key
forge root -cades -signer ca.crt -inkey ca.key
