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
    let file = include_bytes!("../../tests/vectors/rfc8032-ed25519.json");
    let vectors = json::parse(file, Limits::AUTHORED).unwrap();
    let tests = vectors["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 5);
    for test in tests {
        let text = |field: &str| test[field].as_str().unwrap();
        let key = seed(text("sk"));
        assert_eq!(key.public().as_bytes().as_slice(), hex(text("pk")));
        let message = hex(text("msg"));
        let signed = key.sign(&message);
        assert_eq!(signed.as_bytes().as_slice(), hex(text("sig")), "{test}");
        key.public().verify(&message, &signed).unwrap();
        for bit in 0..512 {
            let mut flipped = *signed.as_bytes();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = Signature::from_bytes(flipped);
            assert!(key.public().verify(&message, &flipped).is_err(), "{bit}");
        }
        let longer = [message.as_slice(), &[0]].concat();
        assert!(key.public().verify(&longer, &signed).is_err());
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
