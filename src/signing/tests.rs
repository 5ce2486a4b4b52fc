use super::*;
use crate::json::{self, Limits};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

fn seed(text: &str) -> SecretKey {
    SecretKey::from_seed(&hex(text).try_into().unwrap())
}

#[test]
fn signs_the_rfc_8032_vectors() {
    let vectors = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    for (secret, public, message, signature) in vectors {
        let key = seed(secret);
        assert_eq!(key.public().as_bytes().as_slice(), hex(public));
        let signed = key.sign(&hex(message));
        assert_eq!(signed.as_bytes().as_slice(), hex(signature));
        key.public().verify(&hex(message), &signed).unwrap();
    }
}

#[test]
fn agrees_with_wycheproof() {
    let file = include_bytes!("../../tests/vectors/wycheproof-ed25519.json");
    let vectors = json::parse(file, Limits::AUTHORED).unwrap();
    let tests = vectors["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 151);
    let mut valid = 0;
    for test in tests {
        let bytes = |field: &str| hex(test[field].as_str().unwrap());
        let key = PublicKey::from_bytes(&bytes("pk").try_into().unwrap()).unwrap();
        let holds = bytes("sig").try_into().is_ok_and(|signature| {
            let signature = Signature::from_bytes(signature);
            key.verify(&bytes("msg"), &signature).is_ok()
        });
        assert_eq!(holds, test["valid"].as_bool().unwrap(), "{test}");
        valid += usize::from(holds);
    }
    assert!(valid > 40);
}

#[test]
fn refuses_weak_keys() {
    // The eight points of small order, in their canonical encodings.
    for text in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ] {
        let error = PublicKey::from_bytes(&hex(text).try_into().unwrap()).unwrap_err();
        assert!(matches!(error, KeyError::Weak), "{text}");
    }
    assert!(PublicKey::from_bytes(&[2; 32]).is_err());
}

#[test]
fn refuses_a_second_spelling_of_a_signature() {
    // S + L: the same point, which lax verifiers accept.
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let key = seed("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let mut bytes = *key.sign(b"verdict").as_bytes();
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let error = key
        .public()
        .verify(b"verdict", &Signature::from_bytes(bytes))
        .unwrap_err();
    assert!(error.to_string().contains("does not match"));
    // A small-order R with S = 0, which holds under a weak key.
    let mut identity = [0; 64];
    identity[0] = 1;
    let identity = Signature::from_bytes(identity);
    assert!(key.public().verify(b"verdict", &identity).is_err());
}

/// Made with openssl 3.0: `genpkey -algorithm ed25519`, `pkey -pubout`, and the
/// fingerprint that `ssh-keygen -l` prints for the same key.
const OPENSSL_SECRET: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";
const OPENSSL_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";

#[test]
fn reads_and_writes_the_pem_of_openssl() {
    let key = SecretKey::from_pem(OPENSSL_SECRET).unwrap();
    assert_eq!(key.to_pem().unwrap().as_str(), OPENSSL_SECRET);
    assert_eq!(key.public().to_pem().unwrap(), OPENSSL_PUBLIC);
    assert_eq!(PublicKey::from_pem(OPENSSL_PUBLIC).unwrap(), key.public());
    assert_eq!(
        format!("{key:?}"),
        format!("SecretKey({})", key.public().id())
    );
}

#[test]
fn refuses_what_is_no_key() {
    for pem in [
        "",
        OPENSSL_PUBLIC,
        &OPENSSL_SECRET.replace("K2Vw", "K2Vx"),
        &OPENSSL_SECRET.replace("MC4", "MC5"),
        &OPENSSL_SECRET.replace("-----END PRIVATE KEY-----", ""),
    ] {
        let error = SecretKey::from_pem(pem).unwrap_err().to_string();
        assert!(!error.contains("nWGx"), "{error}");
    }
    for pem in ["", OPENSSL_SECRET, &OPENSSL_PUBLIC.replace("11q", "12q")] {
        assert!(PublicKey::from_pem(pem).is_err(), "{pem}");
    }
    let weak = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    assert!(matches!(PublicKey::from_pem(weak), Err(KeyError::Weak)));
}

#[test]
fn key_ids_are_ssh_fingerprints() {
    let id = seed("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        .public()
        .id();
    let text = id.to_string();
    assert_eq!(text, "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8");
    assert_eq!(text.parse::<KeyId>().unwrap(), id);
    for other in [
        text.replace("SHA256", "MD5"),
        text.replace("SHA256:", ""),
        text.clone() + "=",
        text.chars().take(49).collect(),
        text.clone() + "A",
    ] {
        assert!(other.parse::<KeyId>().is_err(), "{other}");
    }
}

#[test]
fn new_keys_differ() {
    let (a, b) = (
        SecretKey::generate().unwrap(),
        SecretKey::generate().unwrap(),
    );
    assert_ne!(a.public(), b.public());
    let signature = a.sign(b"x");
    assert!(a.public().verify(b"x", &signature).is_ok());
    assert!(b.public().verify(b"x", &signature).is_err());
    assert!(a.public().verify(b"y", &signature).is_err());
}

#[test]
fn verifies_what_was_signed_by_its_hash_and_mixes_up_nothing() {
    // RFC 8032 §7.3.
    let seed = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42";
    let signature = "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
                     31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406";
    let bytes = |hex: &str| *hex.parse::<Digest>().unwrap().as_bytes();
    let key = SecretKey::from_seed(&bytes(seed));
    let (first, second) = signature.split_at(64);
    let halves = [bytes(first), bytes(second)].concat();
    let signature = Signature::from_bytes(halves.try_into().unwrap());
    let public = key.public();
    assert!(
        public
            .verify_prehashed(&Prehashed::of(b"abc"), &signature)
            .is_ok()
    );
    assert!(
        public
            .verify_prehashed(&Prehashed::of(b"abd"), &signature)
            .is_err()
    );
    assert!(public.verify(b"abc", &signature).is_err());
    assert!(
        public
            .verify_prehashed(&Prehashed::of(b"abc"), &key.sign(b"abc"))
            .is_err()
    );
    let other = SecretKey::from_seed(&[1; 32]).public();
    assert!(
        other
            .verify_prehashed(&Prehashed::of(b"abc"), &signature)
            .is_err()
    );
}
