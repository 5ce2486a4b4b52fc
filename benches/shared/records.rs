//! Records and ledgers to measure with.

use std::hint::black_box;
use std::path::Path;

use assize::digest::Digest;
use assize::json;
use assize::ledger::{Draft, Ledger, Options};
use assize::record::{
    Actor, DECISION_TYPE, Digests, Position, Predicate, ResourceDescriptor, STATEMENT_TYPE,
    Statement, Tool,
};
use assize::signing::{SecretKey, TrustPolicy};
use assize::verify::{self, Blobs};

const AS_OF: &str = "2026-11-23T13:00:00Z";

/// A record of a gate, as large as they are.
pub fn payload(position: &Position) -> Vec<u8> {
    let digest = Digest::of(b"bench");
    let statement = Statement {
        kind: STATEMENT_TYPE.into(),
        subject: vec![ResourceDescriptor {
            name: "registry".into(),
            digest: [("sha256".to_owned(), digest.hex())].into(),
        }],
        predicate_type: DECISION_TYPE.into(),
        predicate: Predicate {
            ledger: position.clone(),
            kind: "gate".into(),
            name: "deploy".into(),
            verdict: "allow".into(),
            counts: [("pass".to_owned(), 12)].into(),
            as_of: AS_OF.parse().unwrap(),
            recorded_at: AS_OF.parse().unwrap(),
            relaxations: Vec::new(),
            relaxations_omitted: 0,
            fail_on_warn: false,
            actor: Actor::default(),
            digests: Digests {
                bundle: digest,
                signature: None,
                policies: digest,
                data: digest,
                waivers: None,
                trust: None,
                contract: None,
                input: digest,
                decision: digest,
            },
            tool: Tool {
                name: "assize".into(),
                version: "0.1.0".into(),
                engine: "bench".into(),
            },
        },
    };
    json::canonical(&statement).unwrap()
}

/// The ledger in `dir`, whose records and checkpoints `key` signs.
pub fn ledger(dir: &Path, key: &SecretKey) -> Ledger {
    let options = Options {
        origin: "assize.local/bench".parse().unwrap(),
        record_key: key.clone().into(),
        checkpoint_key: key.clone().into(),
        trust: TrustPolicy::default(),
    };
    Ledger::new(dir, options)
}

/// Records that name no blobs.
pub fn drafts<'a>(count: usize) -> Vec<Draft<'a>> {
    (0..count)
        .map(|_| Draft::new(|position| Ok(payload(position))))
        .collect()
}

/// Verifies all of a ledger.
pub fn verify_all(folder: &Path, trust: &TrustPolicy) {
    // These records name no real documents; the cost of blobs is that of hashing them.
    let options = verify::Options {
        blobs: Blobs::Ignored,
        ..verify::Options::default()
    };
    black_box(verify::ledger(folder, trust, &options).unwrap());
}
