use super::*;
use crate::signing::SecretKey;
use crate::signing::cosignature::tests::cosign;

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn vkey(seed: u8) -> CosignerKey {
    let name = format!("witness.example/w{seed}");
    CosignerKey::new(name.parse().unwrap(), key(seed).public())
}

fn log(seed: u8) -> VerifierKey {
    VerifierKey::new("example.com/log".parse().unwrap(), key(seed).public())
}

/// `w1` to `w6` on lines, and then `rest`.
fn text(rest: &str) -> String {
    let lines = (1..=6).map(|seed| format!("witness w{seed} {}\n", vkey(seed)));
    lines.collect::<String>() + rest
}

fn parse(rest: &str) -> WitnessPolicy {
    WitnessPolicy::parse(text(rest).as_bytes()).unwrap()
}

fn refuse(rest: &str) -> String {
    let error = WitnessPolicy::parse(text(rest).as_bytes()).unwrap_err();
    error.to_string()
}

fn note(who: &[u8]) -> Note {
    let mut note = Note::new("example.com/log\n1\nroot\n").unwrap();
    note.sign(&"example.com/log".parse().unwrap(), &key(9).into())
        .unwrap();
    for seed in who {
        let name = format!("witness.example/w{seed}");
        cosign(&mut note, &name, &key(*seed), 1_764_000_000);
    }
    note
}

fn met(policy: &WitnessPolicy, who: &[u8]) -> bool {
    policy.cosigned(&note(who)).unwrap().quorum
}

#[test]
fn the_example_of_the_specification_asks_for_two_and_one() {
    let policy = parse(
        "group X-witnesses 2 w1 w2 w3\n\
         group Y-witnesses any w4 w5 w6\n\
         group X-and-Y all X-witnesses Y-witnesses\n\
         quorum X-and-Y\n",
    );
    assert!(met(&policy, &[1, 2, 4]));
    assert!(met(&policy, &[3, 6, 1]));
    assert!(met(&policy, &[1, 2, 3, 4, 5, 6]));
    assert!(!met(&policy, &[1, 2, 3]));
    assert!(!met(&policy, &[1, 4, 5, 6]));
    assert!(!met(&policy, &[]));
    // Who cosigned twice is one witness.
    assert!(!met(&policy, &[1, 1, 4]));
    let cosigned = policy.cosigned(&note(&[4, 2])).unwrap();
    let names: Vec<_> = cosigned
        .witnesses
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["w2", "w4"]);
    assert_eq!(cosigned.lines, [2, 1]);
}

#[test]
fn a_quorum_is_a_witness_a_group_or_nobody() {
    assert!(met(&parse("quorum w2\n"), &[2]));
    assert!(!met(&parse("quorum w2\n"), &[1, 3]));
    assert!(met(&parse("quorum none\n"), &[]));
    assert!(!parse("quorum none\n").needs_witnesses());
    let all = parse("group g all w1 w2\nquorum g\n");
    assert!(!met(&all, &[1]) && met(&all, &[1, 2]));
    let any = parse("group g any w1 w2\nquorum g\n");
    assert!(met(&any, &[2]) && !met(&any, &[3]));
    assert!(WitnessPolicy::parse(b"quorum none\n").is_ok());
}

#[test]
fn blanks_comments_and_opaque_names_are_read_as_the_specification_says() {
    let policy = format!(
        "# a comment\n\n \t \n\t # another\n  witness\t\tna\u{ef}ve  {}  https://w.example/a \n\
         witness # {}\nquorum na\u{ef}ve\n",
        vkey(1),
        vkey(2)
    );
    let policy = WitnessPolicy::parse(policy.as_bytes()).unwrap();
    let [one, other] = policy.witnesses() else {
        panic!("{policy:?}");
    };
    assert_eq!(one.url.as_deref(), Some("https://w.example/a"));
    assert_eq!((other.name.as_str(), &other.url), ("#", &None));
    let vkey = vkey(1).to_string();
    let latin1 = [
        b"witness na\xefve ".as_slice(),
        vkey.as_bytes(),
        b"\nquorum na\xefve\n",
    ];
    assert!(WitnessPolicy::parse(&latin1.concat()).is_ok());
}

#[test]
fn what_the_specification_does_not_allow_is_refused() {
    let one = vkey(1);
    for (rest, expected) in [
        ("", "has no `quorum` line"),
        ("quorum w1", "line 7: does not end in a newline"),
        ("quorum w1\r\n", "control character 0x0d"),
        ("quorum w1\nquorum w1\n", "line 8: is a second quorum"),
        ("quorum\n", "expected `quorum <name>`"),
        ("quorum w1 w2\n", "expected `quorum <name>`"),
        ("quorum w7\n", "`w7` is not defined on a line before"),
        ("Quorum w1\n", "`Quorum` is none of log"),
        ("threshold 2\nquorum w1\n", "`threshold` is none of log"),
        ("quorum g\ngroup g any w1\n", "`g` is not defined"),
        ("group g any g\nquorum g\n", "`g` is not defined"),
        ("group g any none\nquorum g\n", "`none` is not defined"),
        ("group none any w1\nquorum none\n", "`none` is the name"),
        ("group w1 any w2\nquorum w1\n", "`w1` is defined twice"),
        ("group g any w1 w1\nquorum g\n", "member of a group already"),
        (
            "group g any w1\ngroup h any w1 w2\nquorum h\n",
            "`w1` is a member of a group already",
        ),
        ("group g any\nquorum g\n", "expected `group"),
        ("group g w1\nquorum g\n", "expected `group"),
        ("group g 0 w1\nquorum g\n", "a number from 1 to 1"),
        ("group g 2 w1\nquorum g\n", "a number from 1 to 1"),
        ("group g 01 w1\nquorum g\n", "a number from 1 to 1"),
        ("group g +1 w1\nquorum g\n", "a number from 1 to 1"),
        ("group g most w1\nquorum g\n", "a number from 1 to 1"),
        ("log\nquorum w1\n", "expected `log"),
        (
            "log nonsense\nquorum w1\n",
            "line 7: `nonsense` is not a verifier key",
        ),
        ("witness w7 nonsense\nquorum w1\n", "line 7: `nonsense`"),
        ("witness w7\nquorum w1\n", "expected `witness"),
        ("witness w7 a b c\nquorum w1\n", "expected `witness"),
    ] {
        let refused = refuse(rest);
        assert!(refused.contains(expected), "{rest:?}: {refused}");
    }
    // The same key under another name is the same witness.
    let renamed = CosignerKey::new("other.example".parse().unwrap(), key(1).public());
    assert!(refuse(&format!("witness w7 {renamed}\nquorum w1\n")).contains("same key"));
    assert!(refuse(&format!("log {one}\nquorum w1\n")).contains("not a verifier key"));
    assert!(refuse(&format!("log {0}\nlog {0}\nquorum w1\n", log(9))).contains("same key"));
    assert!(refuse(&format!("witness w7 {}\nquorum w1\n", log(8))).contains("signature type 4"));
}

#[test]
fn a_policy_is_bounded() {
    let groups: String = (0..1_000)
        .map(|n| format!("group g{n} any w1\n"))
        .collect::<Vec<_>>()
        .concat();
    assert!(refuse(&groups).contains("already"), "a member only once");
    let logs: String = (0..1_001_u32)
        .map(|n| {
            let mut seed = [7; 32];
            seed[..4].copy_from_slice(&n.to_be_bytes());
            let key = SecretKey::from_seed(&seed).public();
            format!("log {}\n", VerifierKey::new("a".parse().unwrap(), key))
        })
        .collect::<Vec<_>>()
        .concat();
    assert!(refuse(&(logs + "quorum w1\n")).contains("more than 1000"));
    let long = vec![b'#'; SIZE_MAX + 1];
    assert!(matches!(
        WitnessPolicy::parse(&long),
        Err(PolicyError::Size)
    ));
}

#[test]
fn a_log_that_is_not_listed_is_not_accepted() {
    let policy = parse(&format!("log {}\nquorum w1\n", log(9)));
    assert!(policy.signed_by_log(&note(&[])).is_ok());
    let other = parse(&format!("log {}\nquorum w1\n", log(8)));
    assert!(other.signed_by_log(&note(&[])).is_err());
    assert!(parse("quorum w1\n").signed_by_log(&note(&[])).is_ok());
}

#[test]
fn a_witness_whose_kind_of_key_is_not_verified_never_counts() {
    use crate::signing::base64;
    let material = [vec![6], vec![1; 1312]].concat();
    let digest = crate::digest::Digest::of_parts(&[b"pq.example\n", &material]);
    let hash = crate::digest::to_hex(&digest.as_bytes()[..4]);
    let vkey = format!("pq.example+{hash}+{}", base64::encode(&material));
    let policy = parse(&format!("witness pq {vkey}\nquorum pq\n"));
    assert!(!met(&policy, &[1, 2, 3, 4, 5, 6]));
    assert!(!policy.keys()[6].is_supported());
}
