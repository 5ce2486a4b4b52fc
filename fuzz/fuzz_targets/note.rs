//! Any bytes as a signed note, and as a checkpoint.
#![no_main]

use assize::ledger::Checkpoint;
use assize::signing::note::Note;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let note = Note::parse(bytes);
    if let Ok(note) = &note {
        assert_eq!(note.to_bytes(), bytes);
    }
    assert!(note.is_ok() || Checkpoint::parse(bytes).is_err());
    let _ = Checkpoint::parse(bytes);
});
