use super::*;

/// The checkpoint of docs/spec/ledger.md §10.
const TEXT: &str = "example.com/ledger\n1\nDKmJw+LjuguGiKl0pu0ORneeLPV5l6pjXR9F8fQGXOQ=\n";
const ROOT: &[u8] = include_bytes!("../../../tests/vectors/timestamp/ca.pem");
const STRANGER: &[u8] = include_bytes!("../../../tests/vectors/timestamp/stranger.pem");

/// Files of `tests/vectors/timestamp`, which `make.sh` there makes with openssl.
macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/vectors/timestamp/", $name, ".tsr")).as_slice()
    };
}

fn trusting(pem: &[u8]) -> Authorities {
    let mut authorities = Authorities::default();
    authorities.add("tsa", pem).unwrap();
    authorities
}

fn verify(bytes: &[u8]) -> Result<Stamp, StampError> {
    let token = Token::parse(bytes)?;
    token.is_over(TEXT)?;
    token.verify(&trusting(ROOT))
}

#[track_caller]
fn untrusted(bytes: &[u8], expected: &str) {
    match verify(bytes) {
        Err(StampError::Untrusted { reason }) => assert!(reason.contains(expected), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tokens_of_openssl_are_verified() {
    let stamp = verify(vector!("good")).unwrap();
    assert_eq!(
        (stamp.authority.as_str(), stamp.signer.as_str()),
        ("tsa", "Test TSA good")
    );
    assert_eq!(stamp.accuracy, Duration::from_millis(1_500));
    assert_eq!(stamp.before().seconds_since(stamp.at), 1);
    // RSA with SHA-512 and no accuracy, P-384, an intermediate, SHA-1 of the certificate
    // as RFC 3161 had it first, and a signer that is named by its key.
    for (bytes, signer) in [
        (vector!("rsa"), "Test TSA rsa"),
        (vector!("p384"), "Test TSA p384"),
        (vector!("chained"), "Test TSA chained"),
        (vector!("legacy"), "Test TSA good"),
        (vector!("keyid"), "Test TSA good"),
    ] {
        assert_eq!(verify(bytes).unwrap().signer, signer);
    }
    assert_eq!(verify(vector!("rsa")).unwrap().accuracy, Duration::ZERO);
}

#[test]
fn what_is_over_something_else_is_told() {
    assert_eq!(verify(vector!("other")), Err(StampError::Imprint));
    let token = Token::parse(vector!("good")).unwrap();
    assert!(token.is_over(TEXT.trim_end()).is_err());
    assert!(token.is_over("").is_err());
    let request = Request::over(TEXT).unwrap();
    assert_eq!(token.answers(&request), Err(StampError::Nonce));
}

#[test]
fn signers_that_nobody_trusts_are_not_relied_on() {
    untrusted(vector!("selfmade"), "");
    untrusted(vector!("stranger"), "");
    untrusted(vector!("bare"), "the signer's certificate is not in it");
    untrusted(vector!("expired"), "CertExpired");
    untrusted(vector!("noeku"), "no extended key usage");
    untrusted(vector!("lax"), "not critical");
    untrusted(vector!("both"), "not for time stamps alone");
    untrusted(vector!("encipher"), "does not allow signatures");
    untrusted(vector!("root"), "no extended key usage");
    let token = Token::parse(vector!("stranger")).unwrap();
    assert!(token.verify(&trusting(STRANGER)).is_ok());
    let nobody = Token::parse(vector!("good")).unwrap();
    let error = nobody.verify(&Authorities::default()).unwrap_err();
    assert!(error.to_string().contains("no authority is trusted"));
    let mut both = trusting(STRANGER);
    both.add("other", ROOT).unwrap();
    assert_eq!(nobody.verify(&both).unwrap().authority, "other");
}

#[test]
fn signatures_that_do_not_bind_are_refused() {
    let unnamed = verify(vector!("unnamed")).unwrap_err().to_string();
    assert!(
        unnamed.contains("does not name its certificate"),
        "{unnamed}"
    );
    let two = Token::parse(vector!("two")).unwrap_err().to_string();
    assert!(two.contains("there must be one"), "{two}");
    // A token whose certificate was exchanged for one that is trusted.
    let good = Token::parse(vector!("good")).unwrap();
    let mut forged = Token::parse(vector!("selfmade")).unwrap();
    forged.signed.certificates = good.signed.certificates.clone();
    forged.signed.signer = good.signed.signer.clone();
    let error = forged.verify(&trusting(ROOT)).unwrap_err();
    assert!(matches!(error, StampError::Signature { .. }), "{error}");
    let mut other_content = good.clone();
    let other = Token::parse(vector!("other")).unwrap();
    other_content.signed.content = other.signed.content;
    let error = other_content.verify(&trusting(ROOT)).unwrap_err();
    assert!(error.to_string().contains("over other content"), "{error}");
}

#[test]
fn a_refusal_says_why() {
    let error = verify(vector!("refused")).unwrap_err();
    assert!(
        matches!(&error, StampError::Refused { status: 2, text } if !text.is_empty()),
        "{error}"
    );
}

#[test]
fn no_flipped_bit_and_no_cut_changes_what_is_said() {
    let good = vector!("good");
    let expected = verify(good).unwrap();
    let mut same = 0;
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.to_vec();
            bytes[at] ^= 1 << bit;
            if let Ok(stamp) = verify(&bytes) {
                // Versions, and algorithms that are named beside the signature.
                assert_eq!(stamp, expected, "byte {at}");
                same += 1;
            }
        }
        assert!(verify(&good[..at]).is_err(), "cut at {at}");
    }
    assert!(same < 200, "{same} bits are not bound");
    assert!(verify(&[good, &[0]].concat()).is_err());
}

#[test]
fn roots_are_certificates() {
    let mut authorities = Authorities::default();
    for pem in [
        b"".as_slice(),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        &ROOT[..ROOT.len() / 2],
    ] {
        assert!(authorities.add("a", pem).is_err());
    }
    assert!(authorities.is_empty());
}

#[test]
fn the_root_must_have_been_valid_too() {
    let token = Token::parse(vector!("good")).unwrap();
    let early = trusting(ROOT).accept(
        token.signed.certificates[0],
        &[],
        "2020-01-01T00:00:00Z".parse().unwrap(),
    );
    let error = early.unwrap_err().to_string();
    assert!(error.contains("the root was not valid"), "{error}");
    let late = trusting(ROOT).accept(
        token.signed.certificates[0],
        &[],
        "2099-01-01T00:00:00Z".parse().unwrap(),
    );
    assert!(late.is_err());
}
