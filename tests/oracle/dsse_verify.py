"""Verifies a DSSE envelope with PyPI's securesystemslib (in-toto, TUF) and one public key.

usage: dsse_verify.py ENVELOPE PUBLIC_KEY_PEM
"""

import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

with open(sys.argv[1], encoding="utf-8") as file:
    envelope = json.load(file)
with open(sys.argv[2], "rb") as file:
    public = load_pem_public_key(file.read())
key = SSlibKey.from_crypto(public, keyid=envelope["signatures"][0]["keyid"])
Envelope.from_dict(envelope).verify([key], 1)
print("verified")
