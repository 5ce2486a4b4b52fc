//! What the size of a ledger costs; `docs/performance.md` has the method and figures.
//!
//! - `cargo bench --bench ledger -- 1000000` makes a ledger of that many records and
//!   prints what appending and verifying cost there beside a small one.
//! - `cargo bench --bench ledger -- append FOLDER 1000` appends that many records to the
//!   ledger in a folder in one commit, for `benches/tessera.sh` to time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot run should stop, and one that can prints"
)]

use std::fs;
use std::hint::black_box;
use std::path::Path;

use assize::signing::{Role, SecretKey, TrustPolicy};
use assize::verify::{self, Blobs};

#[path = "shared/pairs.rs"]
mod pairs;
#[path = "shared/records.rs"]
mod records;

use pairs::pair;
use records::{drafts, ledger, verify_all};

/// Records of the ledger that the large one stands beside.
const SMALL: usize = 1_000;
/// Records when nothing is said.
const LARGE: usize = 100_000;
/// Most records that are built for one commit.
const BATCH: usize = 10_000;

/// A ledger of `size` records in `folder`; returns its checkpoint.
fn grown(folder: &Path, key: &SecretKey, size: usize) -> Vec<u8> {
    let open = ledger(folder, key);
    let mut left = size;
    while left > 0 {
        let batch = left.min(BATCH);
        open.append(&drafts(batch)).unwrap();
        left -= batch;
    }
    fs::read(folder.join("checkpoint")).unwrap()
}

/// Verifies what came after `kept`.
fn verify_new(folder: &Path, trust: &TrustPolicy, kept: &[u8]) {
    let report = verify::continuation(folder, trust, kept, Blobs::Ignored);
    black_box(report.unwrap());
}

fn sizes(size: usize) {
    let key = SecretKey::generate().unwrap();
    let roles = [Role::Record, Role::Checkpoint];
    let trust = TrustPolicy::of_keys(&[("bench", key.public())], &roles).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [large, small] = folders.each_ref().map(tempfile::TempDir::path);
    let append = |folder: &Path| drop(ledger(folder, &key).append(&drafts(1)).unwrap());
    grown(small, &key, SMALL);
    grown(large, &key, size);
    let name = |what: &str| format!("{what}, {size} / {SMALL}");
    pair(&name("append 1"), 100, || append(large), || append(small));

    let kept = [large, small].map(|folder| fs::read(folder.join("checkpoint")).unwrap());
    let [kept_large, kept_small] = &kept;
    for folder in [large, small] {
        ledger(folder, &key).append(&drafts(10)).unwrap();
    }
    let new = || verify_new(large, &trust, kept_large);
    let new_of_small = || verify_new(small, &trust, kept_small);
    pair(&name("verify 10 new"), 30, new, new_of_small);
    let whole = || verify_all(large, &trust);
    pair("verify 10 new / the whole", 4, new, whole);
    let whole_of_small = || verify_all(small, &trust);
    let times = format!("verify the whole, {size} / {SMALL}");
    pair(&times, 4, whole, whole_of_small);
}

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["append", folder, count] => {
            let key = SecretKey::from_seed(&[1; 32]);
            grown(Path::new(folder), &key, count.parse().unwrap());
        }
        [size] => sizes(size.parse().unwrap()),
        _ => sizes(LARGE),
    }
}
