//! `docs/spec/vectors`: a small ledger with its proofs, and what must be refused, for other
//! implementations. The files are what this one writes, and it takes or refuses each as they say.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assize::digest::{Digest, to_hex};
use assize::json::{self, Limits, Value, json};
use assize::ledger::read::{self, Reader};
use assize::ledger::{Checkpoint, Draft, Ledger, Options, Origin, merkle};
use assize::signing::cosignature::{self, CosignerKey};
use assize::signing::dsse::Envelope;
use assize::signing::note::{Note, NoteSignature, VerifierKey};
use assize::signing::{Role, SecretKey, TrustPolicy};
use assize::verify;

mod refused;

/// Set, it renews the files instead of comparing them.
const BLESS: &str = "ASSIZE_BLESS";
const ORIGIN: &str = "example.com/ledger";
const WITNESS: &str = "witness.example/w1";
const TIME_S: u64 = 1_764_000_000;
const SIZE: u64 = 7;
const RECEIPTS_OF: [u64; 3] = [1, 4, 7];
const GROWTH: [(u64, u64); 7] = [(0, 7), (1, 7), (2, 4), (3, 7), (4, 7), (6, 7), (7, 7)];

/// Path below the folder → bytes.
type Files = BTreeMap<String, Vec<u8>>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec/vectors")
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn origin() -> Origin {
    ORIGIN.parse().unwrap()
}

/// Record 0 is that of docs/spec/ledger.md §10.
fn draft(index: u64) -> Draft<'static> {
    let (name, blob) = match index {
        0 => ("example".to_owned(), Some(&b"evidence"[..])),
        _ => (format!("example {index}"), None),
    };
    let digests: BTreeMap<_, _> = blob
        .map(|blob| ("blob0", Digest::of(blob)))
        .into_iter()
        .collect();
    let draft = Draft::new(move |position| {
        Ok(json::canonical(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": {"ledger": json::encode(position)?, "digests": json::encode(&digests)?},
            "predicateType": "https://assize.dev/decision/v1",
            "subject": [{"name": name, "digest": {"sha256": Digest::of(name.as_bytes())}}],
        }))?)
    });
    blob.into_iter().fold(draft, Draft::with_blob)
}

fn document(value: &Value) -> Vec<u8> {
    format!("{}\n", json::pretty(value)).into_bytes()
}

fn below(root: &Path, folder: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            files.insert(name.to_owned(), fs::read(&path).unwrap());
        }
    }
}

fn keys() -> Value {
    let checkpoint = VerifierKey::new(origin().key_name().clone(), key(2).public());
    let witness = CosignerKey::new(WITNESS.parse().unwrap(), key(4).public());
    let rows = [
        ("record", 1, Value::Null),
        ("checkpoint", 2, Value::from(checkpoint.to_string())),
        ("stranger", 3, Value::Null),
        ("witness", 4, Value::from(witness.to_string())),
    ];
    let rows = rows.map(|(name, seed, vkey)| {
        let public = key(seed).public();
        json!({
            "name": name,
            "seed": to_hex(&[seed; 32]),
            "public": to_hex(public.as_bytes()),
            "pem": public.to_pem().unwrap(),
            "key_id": public.id().to_string(),
            "vkey": vkey,
        })
    });
    json!({"schema": "assize/vector-keys/v1", "origin": ORIGIN, "keys": rows})
}

/// The ledger as it grew, with checkpoints, receipts and proofs of growth.
fn grown(files: &mut Files) {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("ledger");
    let ledger = Ledger::new(
        &dir,
        Options {
            origin: origin(),
            record_key: key(1).into(),
            checkpoint_key: key(2).into(),
            trust: TrustPolicy::default(),
        },
    );
    ledger.recover().unwrap();
    let mut roots = Vec::new();
    for size in 0..=SIZE {
        if size > 0 {
            ledger.append(&[draft(size - 1)]).unwrap();
        }
        let reader = Reader::open(&dir).unwrap();
        roots.push(reader.checkpoint().root);
        let checkpoint = reader.checkpoint_bytes().to_vec();
        files.insert(format!("checkpoints/{size}"), checkpoint);
        if RECEIPTS_OF.contains(&size) {
            for entry in reader.entries().unwrap() {
                let entry = entry.unwrap();
                let name = format!("receipts/{}-of-{size}.tlog-proof", entry.index);
                let receipt = read::receipt(&dir, &entry).unwrap();
                files.insert(name, receipt.to_bytes());
            }
        }
        for (old, _) in GROWTH.iter().filter(|(_, new)| *new == size) {
            let proof = read::consistency(&dir, *old).unwrap();
            files.insert(format!("growth/{old}-to-{size}"), proof.to_bytes());
        }
    }
    let reader = Reader::open(&dir).unwrap();
    let records = reader.entries().unwrap().map(|entry| {
        let line = entry.unwrap().line;
        json!({"leaf": merkle::leaf_hash(&line), "line": Digest::of(&line)})
    });
    let records: Vec<_> = records.collect();
    let hashes = json!({
        "schema": "assize/vector-hashes/v1",
        "records": records,
        "roots": json::encode(&roots).unwrap(),
    });
    files.insert("hashes.json".into(), document(&hashes));
    let mut kept = Files::new();
    below(&dir, &dir, &mut kept);
    kept.remove("lock");
    let named = kept.into_iter();
    files.extend(named.map(|(name, bytes)| (format!("ledger/{name}"), bytes)));
}

/// The checkpoint of all records with the line of a witness.
fn cosigned(checkpoint: &[u8], time_s: u64, over_s: u64) -> Vec<u8> {
    let mut note = Note::parse(checkpoint).unwrap();
    let witness = CosignerKey::new(WITNESS.parse().unwrap(), key(4).public());
    let message = format!("cosignature/v1\ntime {over_s}\n{}", note.text());
    let signature = key(4).sign(message.as_bytes());
    let bytes = [&time_s.to_be_bytes(), signature.as_bytes().as_slice()].concat();
    let (name, hash) = (witness.name().clone(), witness.key_hash());
    note.add(NoteSignature::new(name, hash, bytes));
    note.to_bytes()
}

fn vectors() -> Files {
    let mut files = Files::new();
    files.insert("keys.json".into(), document(&keys()));
    grown(&mut files);
    let checkpoint = files["checkpoints/7"].clone();
    files.insert(
        "checkpoints/7.cosigned".into(),
        cosigned(&checkpoint, TIME_S, TIME_S),
    );
    let mut rows = Vec::new();
    for row in refused::all(&files) {
        let file = format!("refused/{}/{}", row.kind, row.name);
        rows.push(json!({"file": file, "as": row.kind, "kept": row.kept, "why": row.why}));
        assert!(files.insert(file, row.bytes).is_none());
    }
    let index = json!({"schema": "assize/vector-refused/v1", "refused": rows});
    files.insert("refused.json".into(), document(&index));
    files
}

fn stored() -> Files {
    let mut files = Files::new();
    below(&folder(), &folder(), &mut files);
    files.remove("README.md");
    files
}

#[test]
fn the_vectors_are_what_is_written() {
    let made = vectors();
    if env::var_os(BLESS).is_some() {
        for name in stored().keys() {
            fs::remove_file(folder().join(name)).unwrap();
        }
        for (name, bytes) in &made {
            let path = folder().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        return;
    }
    let stored = stored();
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&stored), names(&made), "{BLESS}=1 renews them");
    for (name, bytes) in &made {
        assert!(&stored[name] == bytes, "{name}: {BLESS}=1 renews it");
    }
}

fn trust() -> TrustPolicy {
    let mut trust = TrustPolicy::default();
    for (name, seed, role) in [("record", 1, Role::Record), ("log", 2, Role::Checkpoint)] {
        let public = key(seed).public();
        trust.add(name, public, [role].into(), 0..u64::MAX).unwrap();
    }
    trust
}

/// Whether `bytes`, read as `kind`, hold.
fn holds(kind: &str, bytes: &[u8], kept: Option<&[u8]>) -> bool {
    let trust = trust();
    match kind {
        "record" => {
            Envelope::parse(bytes).is_ok_and(|envelope| envelope.verify(&key(1).public()).is_ok())
        }
        "checkpoint" => {
            let known = VerifierKey::new(origin().key_name().clone(), key(2).public());
            Checkpoint::parse(bytes).is_ok_and(|(_, note)| note.verify(&[known]).is_ok())
        }
        "receipt" => verify::receipt(bytes, &trust).is_ok(),
        "growth" => verify::consistency(bytes, kept.unwrap(), &trust).is_ok(),
        "cosignature" => {
            let known = CosignerKey::new(WITNESS.parse().unwrap(), key(4).public());
            let note = Note::parse(bytes).unwrap();
            cosignature::verify(&note, &[known]).is_ok_and(|found| found.len() == 1)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_sound_holds_and_what_is_to_be_refused_is() {
    let files = stored();
    let ledger = verify::ledger(
        &folder().join("ledger"),
        &trust(),
        &verify::Options::default(),
    );
    assert_eq!(ledger.unwrap().size, SIZE);
    let mut counts = BTreeMap::new();
    for (name, bytes) in &files {
        let (kind, kept) = match name.split_once('/') {
            Some(("receipts", _)) => ("receipt", None),
            Some(("growth", sizes)) => {
                let (old, _) = sizes.split_once("-to-").unwrap();
                (
                    "growth",
                    Some(files[&format!("checkpoints/{old}")].as_slice()),
                )
            }
            Some(("checkpoints", "7.cosigned")) => ("cosignature", None),
            Some(("checkpoints", _)) => ("checkpoint", None),
            _ => continue,
        };
        assert!(holds(kind, bytes, kept), "{name}");
        *counts.entry(kind).or_insert(0) += 1;
    }
    let records = &files["ledger/records.intoto.jsonl"];
    let lines = records
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    assert!(lines.clone().all(|line| holds("record", line, None)));
    assert_eq!(lines.count(), 7);
    let expected = [
        ("checkpoint", 8),
        ("cosignature", 1),
        ("growth", 7),
        ("receipt", 12),
    ];
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), expected);

    let index = json::parse(&files["refused.json"], Limits::AUTHORED).unwrap();
    let rows = index["refused"].as_array().unwrap();
    assert!(rows.len() > 50, "{}", rows.len());
    for row in rows {
        let text = |field: &str| row[field].as_str().unwrap();
        let kept = row["kept"].as_str().map(|name| files[name].as_slice());
        assert!(!holds(text("as"), &files[text("file")], kept), "{row}");
    }
}

/// Another implementation, which shares nothing with this one but the specification.
#[test]
#[ignore = "needs jq and openssl"]
fn the_shell_scripts_take_and_refuse_the_same() {
    let temporary = tempfile::tempdir().unwrap();
    for (name, seed) in [("record.pem", 1), ("checkpoint.pem", 2)] {
        let pem = key(seed).public().to_pem().unwrap();
        fs::write(temporary.path().join(name), pem).unwrap();
    }
    let script = |name: &str, of: &str, keys: &[&str]| {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger");
        let output = Command::new("sh")
            .arg(scripts.join(name))
            .arg(folder().join(of))
            .args(keys)
            .current_dir(temporary.path())
            .output();
        output.unwrap().status.code()
    };
    let chain = |key: &str| script("verify-chain.sh", "ledger", &[key]);
    assert_eq!(chain("record.pem"), Some(0));
    assert_eq!(chain("checkpoint.pem"), Some(1));
    let mut counts = [0, 0];
    for name in stored().keys() {
        let expected = i32::from(name.starts_with("refused/"));
        if name.starts_with("receipts/") || name.starts_with("refused/receipt/") {
            let keys = ["record.pem", "checkpoint.pem"];
            let code = script("verify-receipt.sh", name, &keys);
            assert_eq!(code, Some(expected), "{name}");
            counts[usize::from(expected == 1)] += 1;
        }
    }
    assert_eq!(counts, [12, 12]);
}
