//! Any bytes as a witness policy.
#![no_main]

use assize::anchor::policy::WitnessPolicy;
use assize::signing::note::Note;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(policy) = WitnessPolicy::parse(bytes) {
        assert_eq!(policy.witnesses().len(), policy.keys().len());
        let Ok(note) = Note::new("a\n") else { return };
        // Nobody cosigned it: only a quorum of nobody is met.
        let met = policy.cosigned(&note).is_ok_and(|cosigned| cosigned.quorum);
        assert_eq!(met, !policy.needs_witnesses());
    }
});
