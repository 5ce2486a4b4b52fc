use super::*;
use crate::signing::SecretKey;

/// The example of Go's `sumdb/note`, the implementation C2SP wrote its text from.
const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                       then you don't know what your problem is.\n";
const GO_LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const GO_VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

fn name(text: &str) -> KeyName {
    text.parse().unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn verifier(text: &str, seed: u8) -> VerifierKey {
    VerifierKey::new(name(text), key(seed).public())
}

fn signed() -> Note {
    let mut note = Note::new("example.com/log\n5\nroot\n").unwrap();
    note.sign(&name("example.com/log"), &key(1).into()).unwrap();
    note
}

#[test]
fn verifies_the_note_of_go_s_documentation() {
    let note = Note::parse(format!("{GO_TEXT}\n{GO_LINE}").as_bytes()).unwrap();
    let known: VerifierKey = GO_VERIFIER.parse().unwrap();
    assert_eq!(note.verify(std::slice::from_ref(&known)).unwrap(), [&known]);
    assert_eq!(known.to_string(), GO_VERIFIER);
}

#[test]
fn reads_the_verifier_key_of_the_c2sp_text() {
    let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    let verifier: VerifierKey = text.parse().unwrap();
    assert_eq!(verifier.name().as_str(), "example.com/foo");
    assert_eq!(verifier.to_string(), text);
    for other in [
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+Aeky",
        "example.com/foo+530d903a",
        "",
    ] {
        assert!(other.parse::<VerifierKey>().is_err(), "{other}");
    }
}

#[test]
fn prints_what_it_reads() {
    let bytes = signed().to_bytes();
    let note = Note::parse(&bytes).unwrap();
    assert_eq!(note, signed());
    assert_eq!(note.to_bytes(), bytes);
    let with_blank_line = Note::new("a\n\nb\n").unwrap();
    let mut signed = with_blank_line;
    signed.sign(&name("x"), &key(1).into()).unwrap();
    assert_eq!(Note::parse(&signed.to_bytes()).unwrap().text(), "a\n\nb\n");
}

#[test]
fn ignores_unknown_signers_but_not_a_bad_known_one() {
    let mut note = signed();
    note.sign(&name("witness.example"), &key(2).into()).unwrap();
    let log = verifier("example.com/log", 1);
    let witness = verifier("witness.example", 2);
    assert_eq!(note.verify(std::slice::from_ref(&log)).unwrap().len(), 1);
    assert_eq!(
        note.verify(&[log.clone(), witness.clone()]).unwrap().len(),
        2
    );

    note.signatures[1].bytes[0] ^= 1;
    assert!(note.verify(std::slice::from_ref(&log)).is_ok());
    let error = note.verify(&[log.clone(), witness]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the signature by `witness.example` does not match the text"
    );
    note.signatures[0].bytes.push(0);
    assert!(note.verify(&[log]).is_err());
}

#[test]
fn a_key_under_another_name_is_another_key() {
    let note = signed();
    for other in [
        verifier("example.com/other", 1),
        verifier("example.com/log", 2),
    ] {
        let error = note.verify(&[other]).unwrap_err();
        assert!(matches!(error, NoteError::Unsigned { .. }), "{error}");
        assert!(error.to_string().contains("`example.com/log` ("), "{error}");
    }
}

#[test]
fn counts_a_key_once_and_takes_sixteen_and_more() {
    let mut note = signed();
    note.sign(&name("example.com/log"), &key(1).into()).unwrap();
    assert_eq!(
        note.verify(&[verifier("example.com/log", 1)])
            .unwrap()
            .len(),
        1
    );
    for seed in 10..40 {
        note.sign(&name("witness.example"), &key(seed).into())
            .unwrap();
    }
    let read = Note::parse(&note.to_bytes()).unwrap();
    assert_eq!(
        read.verify(&[verifier("witness.example", 39)])
            .unwrap()
            .len(),
        1
    );
    for _ in 0..SIGNATURES_MAX {
        note.sign(&name("x"), &key(1).into()).unwrap();
    }
    assert!(Note::parse(&note.to_bytes()).is_err());
}

#[test]
fn refuses_every_other_spelling() {
    let good = String::from_utf8(signed().to_bytes()).unwrap();
    for other in [
        good.replace('\u{2014}', "-"),
        good.replace("\u{2014} ", "\u{2014}"),
        good.replace("\u{2014} ", "\u{2014}  "),
        good.replace("\n\n", "\n"),
        good.replace("\n\n", "\n\r\n"),
        good.replace("5\n", "5\u{7}\n"),
        good.trim_end().to_owned(),
        good.clone() + "\n",
        good.clone() + "x\n",
        good.clone() + "\u{2014} example.com/log AAAAAA==\n",
        good.replace("log ", "log  "),
        good.replace("=\n", "\n"),
        "a\n\n".to_owned(),
        "\n\n".to_owned(),
        String::new(),
    ] {
        assert_ne!(other, good);
        assert!(Note::parse(other.as_bytes()).is_err(), "{other:?}");
    }
    assert!(Note::parse(b"\xff\n\n").is_err());
    for bad in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
        assert!(bad.parse::<KeyName>().is_err(), "{bad:?}");
    }
}

#[test]
fn no_flipped_bit_verifies() {
    let bytes = signed().to_bytes();
    let known = [verifier("example.com/log", 1)];
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let verified = Note::parse(&flipped).is_ok_and(|note| note.verify(&known).is_ok());
            assert!(!verified, "byte {at}, bit {bit}");
        }
    }
}
