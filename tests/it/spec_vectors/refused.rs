//! What a verifier must refuse, each a small step away from what it must take.

use assize::digest::Digest;
use assize::signing::base64;
use assize::signing::dsse::{self, Envelope, IN_TOTO};
use assize::signing::note::{Note, NoteSignature};

use super::{Files, ORIGIN, TIME_S, WITNESS, cosigned, key, origin};

/// A file that must be refused.
pub struct Refused {
    pub kind: &'static str,
    pub name: &'static str,
    pub why: &'static str,
    /// The kept checkpoint of a proof of growth.
    pub kept: Option<&'static str>,
    pub bytes: Vec<u8>,
}

fn refused(
    kind: &'static str,
    rows: impl IntoIterator<Item = (&'static str, &'static str, String)>,
) -> Vec<Refused> {
    let rows = rows.into_iter().map(|(name, why, text)| Refused {
        kind,
        name,
        why,
        kept: (kind == "growth").then_some("checkpoints/3"),
        bytes: text.into_bytes(),
    });
    rows.collect()
}

fn once(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` in `{text}`");
    text.replacen(from, to, 1)
}

/// The line with another signature, of these bytes.
fn resigned(line: &str, signature: &[u8]) -> String {
    let (head, rest) = line.split_once("\"sig\":\"").unwrap();
    let (_, tail) = rest.split_once('"').unwrap();
    format!("{head}\"sig\":\"{}\"{tail}", base64::encode(signature))
}

/// Every file that must be refused, of the files that hold.
pub fn all(files: &Files) -> Vec<Refused> {
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let records = text("ledger/records.intoto.jsonl");
    let mut all = refused_records(records.lines().next().unwrap());
    all.extend(misspelt_records(records.lines().next().unwrap()));
    all.extend(misspelt_checkpoints(&text("checkpoints/7")));
    all.extend(refused_checkpoints(&text("checkpoints/7")));
    all.extend(refused_receipts(files));
    all.extend(refused_growth(files));
    all.extend(refused_cosignatures(&files["checkpoints/7"]));
    all
}

fn refused_records(line: &str) -> Vec<Refused> {
    let envelope = Envelope::parse(line.as_bytes()).unwrap();
    let pae = dsse::pae(IN_TOTO, envelope.unverified_payload());
    // S + L: the same point, which lax verifiers take.
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order: Digest = order.parse().unwrap();
    let mut large = *envelope.signature().as_bytes();
    let mut carry = 0;
    for (byte, add) in large[32..].iter_mut().zip(order.as_bytes()) {
        let sum = u16::from(*byte) + u16::from(*add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let mut identity = [0; 64];
    identity[0] = 1;
    refused(
        "record",
        [
            (
                "other-type",
                "the type is signed, too",
                once(line, "application/vnd.in-toto+json", "application/json"),
            ),
            (
                "altered",
                "the payload is not what was signed",
                once(line, "\"payload\":\"eyJ", "\"payload\":\"eyK"),
            ),
            (
                "stranger",
                "signed by another key under this one's id",
                resigned(line, key(3).sign(&pae).as_bytes()),
            ),
            (
                "payload-signed",
                "signed without the encoding of DSSE",
                resigned(line, key(1).sign(envelope.unverified_payload()).as_bytes()),
            ),
            (
                "large-s",
                "S is not below the group's order",
                resigned(line, &large),
            ),
            ("small-r", "R is of small order", resigned(line, &identity)),
            (
                "short-signature",
                "63 bytes of signature",
                resigned(line, &large[..63]),
            ),
        ],
    )
}

fn misspelt_records(line: &str) -> Vec<Refused> {
    let signature = line.rsplit("\"sig\":\"").next().unwrap();
    let signature = signature.trim_end_matches("\"}]}");
    let digits = signature.trim_end_matches('=');
    let (before, last) = digits.split_at(digits.len() - 1);
    // The digit after it has the same bits that count.
    let next = char::from(last.as_bytes()[0] + 1);
    let again = format!(
        "{{\"keyid\":\"{}\",\"sig\":\"{signature}\"}}",
        key(1).public().id()
    );
    refused(
        "record",
        [
            (
                "blank",
                "a blank that is not of the one spelling",
                once(line, ",\"payloadType\"", ", \"payloadType\""),
            ),
            (
                "newline",
                "the newline is not part of the line",
                format!("{line}\n"),
            ),
            (
                "two-signatures",
                "more than one signature",
                once(line, "]}", &format!(",{again}]}}")),
            ),
            ("no-signature", "no signature", once(line, &again, "")),
            (
                "twice-the-same-member",
                "a member twice",
                once(line, "{", "{\"payload\":\"\","),
            ),
            (
                "more-members",
                "a member too many",
                once(line, "]}", "],\"x\":\"\"}"),
            ),
            (
                "unused-bits",
                "unused bits of base64 that are not zero",
                once(line, digits, &format!("{before}{next}")),
            ),
        ],
    )
}

/// A note of any text by the checkpoint key.
fn note(text: &str) -> String {
    let mut note = Note::new(text).unwrap();
    note.sign(origin().key_name(), &key(2).into()).unwrap();
    String::from_utf8(note.to_bytes()).unwrap()
}

/// Signed as they are, but for the last three.
fn misspelt_checkpoints(text: &str) -> Vec<Refused> {
    let (body, _) = text.split_once("\n\n").unwrap();
    let body = format!("{body}\n");
    refused(
        "checkpoint",
        [
            (
                "leading-zero",
                "the size has a leading zero",
                note(&once(&body, "\n7\n", "\n07\n")),
            ),
            (
                "plus",
                "the size has a sign",
                note(&once(&body, "\n7\n", "\n+7\n")),
            ),
            (
                "large",
                "the size is 2^64",
                note(&once(&body, "\n7\n", "\n18446744073709551616\n")),
            ),
            (
                "extension",
                "a fourth line",
                note(&format!("{body}extension\n")),
            ),
            ("two-lines", "no root", note("example.com/ledger\n7\n")),
            (
                "short-root",
                "31 bytes of root",
                note(&format!("{ORIGIN}\n7\n{}\n", base64::encode(&[0; 31]))),
            ),
            (
                "unpadded",
                "base64 without padding",
                note(&once(&body, "=\n", "\n")),
            ),
            (
                "hyphen",
                "a hyphen where an em dash belongs",
                text.replace('\u{2014}', "-"),
            ),
            (
                "no-newline",
                "the last line does not end",
                text.trim_end().to_owned(),
            ),
            ("unsigned", "no signature line", format!("{body}\n")),
        ],
    )
}

fn refused_checkpoints(text: &str) -> Vec<Refused> {
    let (body, _) = text.split_once("\n\n").unwrap();
    let body = format!("{body}\n");
    let other = |name: &str, seed: u8| {
        let mut note = Note::new(&body).unwrap();
        note.sign(&name.parse().unwrap(), &key(seed).into())
            .unwrap();
        String::from_utf8(note.to_bytes()).unwrap()
    };
    let mut spoilt = Note::parse(text.as_bytes()).unwrap();
    let good = spoilt.signatures()[0].clone();
    let mut bytes = good.bytes().to_vec();
    bytes[0] ^= 1;
    spoilt.add(NoteSignature::new(
        good.name().clone(),
        good.key_hash(),
        bytes,
    ));
    refused(
        "checkpoint",
        [
            (
                "altered",
                "not the text that was signed",
                once(text, "\n7\n", "\n6\n"),
            ),
            (
                "stranger",
                "signed by another key under the origin",
                other(ORIGIN, 3),
            ),
            (
                "other-name",
                "the key under another name is another key",
                other("example.com/other", 2),
            ),
            (
                "spoilt",
                "one line by the key holds and one does not",
                String::from_utf8(spoilt.to_bytes()).unwrap(),
            ),
        ],
    )
}

/// The lines of a proof: what stands before the hashes, the hashes, and the checkpoint.
fn taken_apart(text: &str, head: usize) -> (String, Vec<String>, String) {
    let (proof, checkpoint) = text.split_once("\n\n").unwrap();
    let lines: Vec<_> = proof.lines().map(str::to_owned).collect();
    let (head, hashes) = lines.split_at(head);
    (head.join("\n"), hashes.to_vec(), checkpoint.to_owned())
}

fn put_together(head: &str, hashes: &[String], checkpoint: &str) -> String {
    let lines = [&[head.to_owned()], hashes].concat().join("\n");
    format!("{lines}\n\n{checkpoint}")
}

/// Ways to spoil the hashes of a proof, which has two or more.
fn spoilt(hashes: &[String]) -> [(&'static str, &'static str, Vec<String>); 5] {
    let mut flipped = hashes.to_vec();
    let mut bytes = base64::decode(&flipped[0]).unwrap();
    bytes[31] ^= 1;
    flipped[0] = base64::encode(&bytes);
    let mut swapped = hashes.to_vec();
    swapped.swap(0, 1);
    let more = [hashes, &[base64::encode(&[0; 32])]].concat();
    let mut short = hashes.to_vec();
    short[0] = base64::encode(&bytes[..31]);
    [
        ("flipped", "a bit of a hash", flipped),
        ("swapped", "two hashes in the other order", swapped),
        (
            "one-less",
            "a hash is missing",
            hashes[..hashes.len() - 1].to_vec(),
        ),
        ("one-more", "a hash too many", more),
        ("short-hash", "31 bytes of hash", short),
    ]
}

fn refused_receipts(files: &Files) -> Vec<Refused> {
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let receipt = text("receipts/4-of-7.tlog-proof");
    let (head, hashes, checkpoint) = taken_apart(&receipt, 3);
    let (other_head, ..) = taken_apart(&text("receipts/3-of-7.tlog-proof"), 3);
    let of_other = once(&other_head, "index 3", "index 4");
    let extra = head.lines().nth(1).unwrap();
    let mut rows = vec![
        (
            "index",
            "another index",
            once(&receipt, "\nindex 4\n", "\nindex 5\n"),
        ),
        (
            "index-beyond",
            "an index beyond the tree",
            once(&receipt, "\nindex 4\n", "\nindex 7\n"),
        ),
        (
            "index-zero",
            "a leading zero",
            once(&receipt, "\nindex 4\n", "\nindex 04\n"),
        ),
        (
            "other-record",
            "another record at this index",
            put_together(&of_other, &hashes, &checkpoint),
        ),
        (
            "no-record",
            "without the record",
            once(&receipt, &format!("{extra}\n"), ""),
        ),
        (
            "other-size",
            "the checkpoint of another size",
            put_together(&head, &hashes, &text("checkpoints/6")),
        ),
        (
            "version",
            "another version of the format",
            once(&receipt, "@v1", "@v2"),
        ),
    ];
    rows.extend(
        spoilt(&hashes)
            .map(|(name, why, hashes)| (name, why, put_together(&head, &hashes, &checkpoint))),
    );
    refused("receipt", rows)
}

fn refused_growth(files: &Files) -> Vec<Refused> {
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let growth = text("growth/3-to-7");
    let (head, hashes, checkpoint) = taken_apart(&growth, 1);
    let mut rows = vec![
        (
            "old",
            "from another size than the kept checkpoint's",
            once(&growth, "old 3", "old 4"),
        ),
        (
            "old-zero",
            "a leading zero",
            once(&growth, "old 3", "old 03"),
        ),
        (
            "other-size",
            "to the checkpoint of another size",
            put_together(&head, &hashes, &text("checkpoints/6")),
        ),
        (
            "backwards",
            "to a smaller ledger",
            put_together(&head, &hashes, &text("checkpoints/2")),
        ),
    ];
    rows.extend(
        spoilt(&hashes)
            .map(|(name, why, hashes)| (name, why, put_together(&head, &hashes, &checkpoint))),
    );
    refused("growth", rows)
}

fn refused_cosignatures(checkpoint: &[u8]) -> Vec<Refused> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let mut plain = Note::parse(checkpoint).unwrap();
    plain
        .sign(&WITNESS.parse().unwrap(), &key(4).into())
        .unwrap();
    refused(
        "cosignature",
        [
            (
                "other-time",
                "another time than was signed",
                text(cosigned(checkpoint, TIME_S + 1, TIME_S)),
            ),
            ("time-zero", "no time", text(cosigned(checkpoint, 0, 0))),
            (
                "plain",
                "signature type 01, which is no cosignature",
                text(plain.to_bytes()),
            ),
            (
                "absent",
                "no line of the witness",
                text(checkpoint.to_vec()),
            ),
        ],
    )
}
